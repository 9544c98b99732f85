/**
 * The TLS settings of one endpoint: a client certificate that identifies the caller to the receiver, and the
 * authorities that are trusted for the receiver. Each field is checked when it is set, so stored values
 * always make a connection's context. Given authorities replace the public ones, since a private authority is
 * named to exclude all others.
 */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { estimateHandshakeMs, problemOfKey } from "./certificate-keys.ts";

/** PEM texts; null where the server's default applies. */
export type TlsProfile = {
  /** The endpoint's certificate first, then its intermediates. */
  readonly clientCert: string | null;
  readonly clientKey: string | null;
  readonly ca: string | null;
};

/** A profile with a unique name, so that no two share a connection, a session or a context. */
export type TlsIdentity = TlsProfile & {
  readonly name: string;
  /** The application that the endpoint belongs to. */
  readonly owner: string;
  /** Cost of a handshake in milliseconds of the event loop. */
  readonly handshakeMs: number;
};

/** The properties of a certificate that may be shown. */
export type ShownCertificate = {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
};

export type TlsProfileProblem = {
  readonly field: keyof TlsProfile;
  /** The end of a sentence that begins with the field. */
  readonly problem: string;
};

const PEM_LIMIT_BYTES = 65_536;
const CERTIFICATES_LIMIT = 20;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const DAY_MS = 86_400_000;

/** Names a checked profile. Equal profiles of two applications have different names. */
export function nameTlsProfile(profile: TlsProfile, owner: string): TlsIdentity {
  const { clientCert, clientKey, ca } = profile;
  const text = JSON.stringify([owner, clientCert, clientKey, ca]);
  const name = createHash("sha256").update(text).digest("base64url");
  const key = clientKey === null ? null : createPrivateKey({ key: clientKey, format: "pem" });
  return { clientCert, clientKey, ca, name, owner, handshakeMs: estimateHandshakeMs(key) };
}

/** Returns the first problem of a profile, or null. `now` is in milliseconds since the epoch. */
export function checkTlsProfile(profile: TlsProfile, now: number): TlsProfileProblem | null {
  const { clientCert, clientKey, ca } = profile;
  if (clientCert !== null || clientKey !== null) {
    if (clientCert === null)
      return { field: "clientCert", problem: "is required together with clientKey" };
    const chain = readCertificates(clientCert);
    if (typeof chain === "string") return { field: "clientCert", problem: chain };
    const [first] = chain;
    const dated = first === undefined ? null : problemOfDates(first, now);
    if (dated !== null) return { field: "clientCert", problem: dated };
    if (clientKey === null)
      return { field: "clientKey", problem: "is required together with clientCert" };
    const key = readKey(clientKey);
    if (typeof key === "string") return { field: "clientKey", problem: key };
    const keyed = problemOfKey(key);
    if (keyed !== null) return { field: "clientKey", problem: keyed };
    if (first?.checkPrivateKey(key) !== true) {
      return {
        field: "clientKey",
        problem: "does not belong to the first certificate of clientCert",
      };
    }
    const refused = problemOfContext({ cert: clientCert, key: clientKey });
    if (refused !== null) return { field: "clientCert", problem: refused };
  }
  if (ca !== null) {
    const authorities = readCertificates(ca);
    if (typeof authorities === "string") return { field: "ca", problem: authorities };
    const dated = authorities.map((one) => problemOfDates(one, now)).find((one) => one !== null);
    if (dated !== undefined) return { field: "ca", problem: dated };
    const refused = problemOfContext({ ca });
    if (refused !== null) return { field: "ca", problem: refused };
  }
  return null;
}

/** Returns the certificates of a text that was checked before. */
export function showCertificates(pem: string): ShownCertificate[] {
  const certificates = readCertificates(pem);
  if (typeof certificates === "string") throw new Error(`a stored certificate ${certificates}`);
  return certificates.map((one) => ({
    subject: oneLine(one.subject),
    issuer: oneLine(one.issuer),
    fingerprint: one.fingerprint256,
    notBefore: one.validFromDate,
    notAfter: one.validToDate,
  }));
}

function readCertificates(pem: string): X509Certificate[] | string {
  if (Buffer.byteLength(pem) > PEM_LIMIT_BYTES) return `is larger than ${PEM_LIMIT_BYTES} bytes`;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return "contains a private key; put it in clientKey";
  }
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0)
    return "contains no certificate in PEM format (-----BEGIN CERTIFICATE-----)";
  if (blocks.length > CERTIFICATES_LIMIT) return `has more than ${CERTIFICATES_LIMIT} certificates`;
  if (pem.replace(CERTIFICATE, "").includes("-----"))
    return "contains PEM data that is not a certificate";
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    const place = `certificate ${index + 1} of ${blocks.length}`;
    try {
      const certificate = new X509Certificate(block);
      const keyed = problemOfKey(certificate.publicKey);
      if (keyed !== null) return `cannot be used: ${place} ${keyed}`;
      certificates.push(certificate);
    } catch {
      return `cannot be read: ${place} is malformed`;
    }
  }
  return certificates;
}

function readKey(pem: string): KeyObject | string {
  if (Buffer.byteLength(pem) > PEM_LIMIT_BYTES) return `is larger than ${PEM_LIMIT_BYTES} bytes`;
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return "is protected by a passphrase; provide the key without one (the server encrypts it at rest)";
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return "contains no private key in PEM format (-----BEGIN PRIVATE KEY-----)";
  }
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    return "cannot be read as a private key";
  }
}

function problemOfDates(certificate: X509Certificate, now: number): string | null {
  const { subject, validFromDate, validToDate } = certificate;
  if (validToDate.getTime() < now) {
    return `expired on ${validToDate.toISOString()}: ${oneLine(subject)}`;
  }
  // A certificate made moments ago, on a machine whose clock is ahead, is accepted.
  if (validFromDate.getTime() > now + DAY_MS) {
    return `is not valid before ${validFromDate.toISOString()}: ${oneLine(subject)}`;
  }
  return null;
}

/** OpenSSL has additional rules, such as a minimum key length, that change with its versions. */
function problemOfContext(options: Parameters<typeof createSecureContext>[0]): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return `cannot be used for TLS${code}`;
  }
}

function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}
