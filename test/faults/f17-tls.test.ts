/**
 * F17, for I9: receivers with invalid TLS, as endpoints of a running server. Each is refused with a reason,
 * and not one byte of a request is sent. The server does not fall back to an older version, another name, an
 * unchecked certificate or http. A valid receiver, and one that requires a client certificate, get their
 * webhooks at the same time, before and after a restart.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import type { TlsOptions } from "node:tls";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { makeAuthority } from "../net/certificates.ts";
import type { Authority, Certificate } from "../net/certificates.ts";
import { eventuallySo, readMetric } from "../net/dialect-hooks.ts";
import { openTlsReceiver, skipWithoutOpenssl } from "../net/tls-receiver.ts";

const APP = "tls";
const TIMEOUT_MS = 3000;

type BadReceiver = {
  readonly title: string;
  readonly certificate: Certificate;
  readonly options?: TlsOptions;
  /** The CA to trust; null for the public ones. */
  readonly ca: string | null;
  readonly says: RegExp;
};

function badReceivers(authority: Authority, other: Authority): readonly BadReceiver[] {
  const good = authority.issue({ name: "localhost" });
  const ca = authority.cert;
  const untrusted =
    /issuer of the certificate is not trusted; the receiver may not be sending its intermediate certificates/;
  const tooOld = /supports only TLS versions older than this endpoint's minimum/;
  return [
    {
      title: "has expired",
      certificate: authority.issue({
        name: "localhost",
        from: "20200101000000Z",
        until: "20210101000000Z",
      }),
      ca,
      says: /certificate has expired \(CERT_HAS_EXPIRED\)$/,
    },
    {
      title: "is not valid yet",
      certificate: authority.issue({
        name: "localhost",
        from: "20600101000000Z",
        until: "20610101000000Z",
      }),
      ca,
      says: /certificate is not valid yet/,
    },
    {
      title: "is for another host",
      certificate: authority.issue({ name: "other.example.com" }),
      ca,
      says: /certificate does not cover this host name \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    },
    {
      title: "is not trusted by the public authorities",
      certificate: good,
      ca: null,
      says: untrusted,
    },
    {
      title: "is from another authority",
      certificate: other.issue({ name: "localhost" }),
      ca,
      says: untrusted,
    },
    {
      title: "is self-signed",
      certificate: selfSigned("localhost"),
      ca,
      says: /certificate is self-signed and not trusted/,
    },
    {
      title: "is from an intermediate that is not sent",
      certificate: makeIntermediate(authority, "localhost"),
      ca,
      says: untrusted,
    },
    {
      title: "is sent by TLS 1.0",
      certificate: good,
      options: { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" },
      ca,
      says: tooOld,
    },
    {
      title: "is sent by TLS 1.1",
      certificate: good,
      options: { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      ca,
      says: tooOld,
    },
    {
      title: "is missing for the requested name",
      certificate: good,
      options: { SNICallback: (_name, answer) => answer(new Error("no such name")) },
      ca,
      says: /./,
    },
    {
      title: "is sent with a chain of a megabyte",
      certificate: { ...good, cert: good.cert + longCertificate(authority).repeat(20) },
      ca,
      says: /certificate chain is too large/,
    },
  ];
}

test(
  "F17 receivers with bad TLS are refused with a reason and get no byte, and valid ones get their webhooks",
  { skip: skipWithoutOpenssl },
  async (t) => {
    using folder = temporaryFolder();
    using authority = makeAuthority("Root");
    using other = makeAuthority("Stranger");
    await using opened = new AsyncDisposableStack();
    const settings = {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "localhost",
      // Certificates are verified although the environment disables it.
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
    };
    const kinds = badReceivers(authority, other);
    const certificate = authority.issue({ name: "localhost" });
    const client = authority.issue({ name: "client.example.com" });
    const asks = { requestCert: true, ca: [authority.cert] };
    const good = opened.use(await openTlsReceiver("localhost", asks, { certificate }));
    const identity = { ca: authority.cert, clientCert: client.cert, clientKey: client.key };
    const received: string[] = [];
    const endpoints = new Map<string, BadReceiver>();
    const plain = opened.use(await openPlainReceiver());
    {
      await using server = await startServer({ settings });
      await send(server, "POST", "/app", { name: "TLS", uid: APP });
      await makeEndpoint(server, good.url, identity);
      for (const kind of kinds) {
        const receiver = opened.use(await openTlsReceiver("localhost", kind.options, kind));
        receiver.onData(() => received.push(kind.title));
        endpoints.set(await makeEndpoint(server, receiver.url, { ca: kind.ca }), kind);
      }
      const unencrypted = await makeEndpoint(server, plain.url, { ca: authority.cert });

      await send(server, "POST", `/app/${APP}/msg`, { eventType: "a.b", payload: {} });
      for (const [id, { title, says }] of endpoints) {
        const [attempt] = await attemptsAt(server, id);
        assert.equal(attempt?.responseStatusCode, 0, title);
        assert.match(attempt.response, says, title);
        t.diagnostic(`${title}: ${attempt.response}`);
      }
      const [attempt] = await attemptsAt(server, unencrypted);
      assert.match(attempt?.response ?? "", /TLS handshake failed/);
      assert.ok(
        plain.received().every((text) => !text.includes("HTTP")),
        "no fallback from https to http",
      );
      await eventuallySo(() => good.clients.length === 1, "the good one is served");
      assert.deepEqual(received, [], "a request was sent to an invalid receiver");
      const failed = await readMetric(server.url, "hookline_attempts_total", 'result="network"');
      assert.ok(failed >= kinds.length);
      assert.equal(await server.stop(), 0);
    }
    await using server = await startServer({ settings });
    await send(server, "POST", `/app/${APP}/msg`, { eventType: "a.b", payload: {} });
    await eventuallySo(() => good.clients.length >= 2, "the good one is served after a restart");
    assert.deepEqual(new Set(good.clients), new Set(["client.example.com"]));
    assert.deepEqual(received, []);
  },
);

type Attempt = { readonly response: string; readonly responseStatusCode: number };

async function attemptsAt(server: ServerProcess, id: string): Promise<readonly Attempt[]> {
  let attempts: readonly Attempt[] = [];
  await eventuallySo(async () => {
    const { body } = await call(server.url, "GET", `/app/${APP}/attempt/endpoint/${id}`);
    attempts = body["data"] as readonly Attempt[];
    return attempts.length > 0;
  }, `an attempt at ${id}`);
  return attempts;
}

async function makeEndpoint(server: ServerProcess, url: string, tls: object): Promise<string> {
  const { id } = await send(server, "POST", `/app/${APP}/endpoint`, {
    url,
    timeoutMs: TIMEOUT_MS,
    retrySchedule: [86_400],
  });
  const { ca } = tls as { readonly ca: string | null };
  if (ca !== null) await send(server, "PUT", `/app/${APP}/endpoint/${String(id)}/tls`, tls);
  return String(id);
}

async function send(server: ServerProcess, method: string, path: string, body: unknown) {
  const answer = await call(server.url, method, path, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

/** The receiver speaks http at a URL that says https. */
async function openPlainReceiver() {
  const texts: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (chunk) => {
      texts.push(chunk.toString("latin1"));
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}/`,
    received: () => texts,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

function selfSigned(name: string): Certificate {
  using own = makeAuthority(name);
  return { cert: own.cert, key: own.key };
}

function makeIntermediate(root: Authority, name: string): Certificate {
  using between = makeAuthority("Between", root);
  return between.issue({ name });
}

/** The certificate is larger than 50 kB, most of it names. */
function longCertificate(authority: Authority): string {
  return authority.issue({ name: "long.example.com", moreNames: 700 }).cert;
}
