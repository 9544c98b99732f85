/**
 * The attack of F36: client certificates whose handshakes take the event loop. Ten endpoints of one
 * application have RSA 4096 keys and get 1,000 deliveries at once. Their receiver keeps no connection and
 * resumes no session. A longer key is refused. Needs openssl.
 */
import assert from "node:assert/strict";
import { call, type ServerProcess } from "../../harness/server.ts";
import { makeCertificate, P_256 } from "../../net/tls-receiver.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";
import { startTlsReceiverThread } from "./tls-receiver-thread.ts";

const ENDPOINTS = 10;
const EVENTS = 100;
/** The names that the server must allow besides 127.0.0.1: the certificate is for the name localhost. */
export const RECEIVER_NAME = "localhost";

type Server = Pick<ServerProcess, "url">;

export async function prepareCostlyHandshakes(server: Server): Promise<PreparedAttacks<void>> {
  const authority = makeCertificate(RECEIVER_NAME, P_256);
  const receiver = await startTlsReceiverThread(authority);
  const url = `https://${RECEIVER_NAME}:${receiver.port}/`;
  await makeHostile(server, { ca: authority.cert, url });

  function start() {
    const published = call(
      server.url,
      "POST",
      "/app/hostile/msg/batch",
      Array.from({ length: EVENTS }, (_, n) => ({ eventType: "hostile.event", payload: { n } })),
    );
    return Promise.resolve({
      outcome: () => {},
      async [Symbol.asyncDispose]() {
        assert.equal((await published).status, 202);
      },
    });
  }
  return {
    attacks: [{ name: "handshakes with RSA 4096 client keys", start }],
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

async function makeHostile(
  server: Server,
  { ca, url }: { readonly ca: string; readonly url: string },
): Promise<void> {
  const client = makeCertificate("client.example.com", ["rsa:4096"]);
  const tooLong = makeCertificate("client.example.com", ["rsa:4104"]);
  const app = await call(server.url, "POST", "/app", { name: "Hostile", uid: "hostile" });
  assert.equal(app.status, 201);
  for (let n = 0; n < ENDPOINTS; n += 1) {
    const path = `/app/hostile/endpoint`;
    const made = await call(server.url, "POST", path, { url, uid: `e${n}` });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const tls = (pair: typeof client) => ({ clientCert: pair.cert, clientKey: pair.key, ca });
    const refused = await call(server.url, "PUT", `${path}/e${n}/tls`, tls(tooLong));
    assert.equal(refused.status, 422);
    const taken = await call(server.url, "PUT", `${path}/e${n}/tls`, tls(client));
    assert.ok(taken.status < 300, JSON.stringify(taken.body));
  }
}
