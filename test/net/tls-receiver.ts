/** A TLS receiver on loopback that a test configures. It exposes its sockets. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import type { TlsOptions, TLSSocket } from "node:tls";

/** The option `skip` of tests that need a certificate. */
export const skipWithoutOpenssl =
  spawnSync("openssl", ["version"]).status === 0 ? false : "openssl makes the certificates";

const CLOSING = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/** Leaves the connection open. */
export const KEEPING = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/** The certificate is for `name` and self-signed. */
export async function openTlsReceiver(
  name: string,
  options: TlsOptions = {},
  more: {
    answer?: string;
    weakKey?: boolean;
    /** The certificate to use instead of a new one. */
    certificate?: { readonly key: string; readonly cert: string };
  } = {},
) {
  const { answer = CLOSING, weakKey = false } = more;
  const { key, cert } = more.certificate ?? makeCertificate(name, weakKey ? RSA_1024 : P_256);
  const sockets: TLSSocket[] = [];
  const versions: (string | null)[] = [];
  const clients: (string | undefined)[] = [];
  const server = createServer({ ALPNProtocols: ["h2", "http/1.1"], ...options, key, cert });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => {
    sockets.push(socket);
    versions.push(socket.getProtocol());
    clients.push(socket.getPeerX509Certificate()?.subject.replace("CN=", ""));
    socket.on("error", () => {});
    socket.on("data", () => (answer === CLOSING ? socket.end(answer) : socket.write(answer)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    cert,
    sockets,
    /** The negotiated protocol of each connection, in order. */
    versions,
    /** The names on the client certificates; undefined without one. */
    clients,
    /** Called with each piece of decrypted data. */
    onData(hear: (piece: Buffer) => void) {
      server.on("secureConnection", (socket) => socket.on("data", hear));
    },
    port,
    url: `https://${name}:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export const P_256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
/** The key is too short for any security level above 0. */
export const RSA_1024 = ["rsa:1024"];

export function makeCertificate(
  name: string,
  newKey: readonly string[],
): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "hookline-tls-"));
  try {
    const key = join(folder, "key.pem");
    const cert = join(folder, "cert.pem");
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    const kind = ["-x509", "-nodes", "-newkey", ...newKey];
    const files = ["-days", "2", "-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `openssl s_server`, which sends an alert with the reason of a close, unlike Node's servers. */
export async function openAlertingReceiver(
  { cert, key }: { readonly cert: string; readonly key: string },
  asks: { readonly clientCa: string } | { readonly nameOnly: string },
) {
  const folder = mkdtempSync(join(tmpdir(), "hookline-tls-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const own = ["-cert", file("cert.pem", cert), "-key", file("key.pem", key)];
  const more =
    "clientCa" in asks
      ? ["-CAfile", file("ca.pem", asks.clientCa), "-Verify", "2", "-verify_return_error"]
      : [
          "-servername",
          asks.nameOnly,
          "-servername_fatal",
          ...own.with(0, "-cert2").with(2, "-key2"),
        ];
  const child = spawn("openssl", ["s_server", "-accept", "127.0.0.1:0", ...own, ...more], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  let output = "";
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`openssl ended: ${output}`)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const found = /^ACCEPT .*:(\d+)$/m.exec(output)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return {
    url: `https://localhost:${port}/`,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
