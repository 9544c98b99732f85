import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "node:tls";
import type { TlsOptions, TLSSocket } from "node:tls";
import { openDnsServer } from "../../test/net/dns-server.ts";
import { openTestSender, requestTo } from "../../test/net/sender.ts";

const skip =
  spawnSync("openssl", ["version"]).status === 0 ? false : "openssl makes the certificates";
const OK = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

test(
  "checks the certificate against the name while it connects to the judged address",
  { skip },
  async () => {
    await using receiver = await openTlsReceiver("hook.example.com");
    await using dns = await openDnsServer(() => ({ a: ["127.0.0.1"] }));
    await using sender = openTestSender({ servers: [dns.address], extraCa: [receiver.cert] });
    const right = await sender.send(requestTo(`https://hook.example.com:${receiver.port}/`));
    assert.equal(right.kind === "failed" ? right.detail : right.status, 200);
    assert.equal(receiver.sockets[0]?.servername, "hook.example.com");
    assert.equal(receiver.sockets[0]?.alpnProtocol, "http/1.1");

    const wrong = await sender.send(requestTo(`https://other.example.com:${receiver.port}/`));
    assert.ok(wrong.kind === "failed");
    assert.equal(wrong.reason, "tls");
    assert.match(wrong.detail, /ERR_TLS_CERT_ALTNAME_INVALID/);
  },
);

test("resumes a TLS session only with the very host it was made with", { skip }, async () => {
  await using receiver = await openTlsReceiver("hook.example.com");
  await using dns = await openDnsServer(() => ({ a: ["127.0.0.1"] }));
  await using sender = openTestSender({ servers: [dns.address], extraCa: [receiver.cert] });
  for (let count = 0; count < 3; count += 1) {
    const outcome = await sender.send(requestTo(`https://hook.example.com:${receiver.port}/`));
    assert.equal(outcome.kind, "response");
  }
  assert.equal(receiver.sockets.at(-1)?.isSessionReused(), true);
  const other = await sender.send(requestTo(`https://other.example.com:${receiver.port}/`));
  assert.equal(other.kind === "failed" && other.reason, "tls");
});

test(
  "fails with tls for a certificate that nobody vouches for, whatever the environment says",
  { skip },
  async (t) => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    t.after(() => {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    });
    await using receiver = await openTlsReceiver("localhost");
    await using sender = openTestSender({ allow: "localhost" });
    const outcome = await sender.send(requestTo(`https://localhost:${receiver.port}/`));
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.reason, "tls");
    assert.match(outcome.detail, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    assert.equal(sender.openSockets(), 0);
  },
);

test("fails with tls when a receiver knows nothing newer than TLS 1.1", { skip }, async () => {
  const old: TlsOptions = {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  };
  await using receiver = await openTlsReceiver("localhost", old);
  await using sender = openTestSender({ allow: "localhost", extraCa: [receiver.cert] });
  const outcome = await sender.send(requestTo(`https://localhost:${receiver.port}/`));
  assert.equal(outcome.kind === "failed" && outcome.reason, "tls");
});

async function openTlsReceiver(name: string, options: TlsOptions = {}) {
  const { key, cert } = makeCertificate(name);
  const sockets: TLSSocket[] = [];
  const server = createServer({ ...options, key, cert, ALPNProtocols: ["h2", "http/1.1"] });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => socket.end(OK));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    cert,
    sockets,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function makeCertificate(name: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "hookline-tls-"));
  try {
    const key = join(folder, "key.pem");
    const cert = join(folder, "cert.pem");
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    const kind = ["-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const files = ["-days", "2", "-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
