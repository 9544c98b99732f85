/**
 * F36, for I4: client certificates whose handshakes take the event loop. RSA beyond 4096 bits is
 * refused. With RSA 4096 ten endpoints of one application, whose receiver keeps no connection and
 * resumes no session, get 1,000 deliveries at once; the victim notices nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { call, startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { makeCertificate, P_256, skipWithoutOpenssl } from "../net/tls-receiver.ts";
import { startTlsStranger } from "./harness/tls-stranger.ts";
import {
  assertUnharmed,
  residentBytes,
  startVictim,
  victimText,
  type Victim,
} from "./harness/victim.ts";

const ENDPOINTS = 10;
const EVENTS = 100;
const PUBLISHES = 100;
/** Localhost by its name, which is what the certificate is for. */
const NAME = "localhost";

/** All handshakes at once. */
const UNBOUNDED: readonly Edit[] = [
  { file: "src/net/handshake-limit.ts", from: "perOwnerMs: 150", to: "perOwnerMs: 1e9" },
  { file: "src/net/handshake-limit.ts", from: "inAllMs: 300", to: "inAllMs: 1e9" },
];

const options = { skip: skipWithoutOpenssl };

test("F36 handshakes with client keys cost another application nothing", options, async (t) => {
  const figures = await attacked();
  t.diagnostic(victimText(figures));
  assertUnharmed(figures);
});

test("F36 control: without their budget the same handshakes slow everyone", options, async (t) => {
  using copy = temporaryFolder();
  const figures = await attacked(copyProgram(copy.path, UNBOUNDED));
  t.diagnostic(victimText(figures));
  assert.throws(() => assertUnharmed(figures), /became slow/);
});

async function attacked(program?: string) {
  const authority = makeCertificate(NAME, P_256);
  using folder = temporaryFolder();
  await using receiver = await startTlsStranger(authority);
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32,${NAME}`,
    },
    ...(program === undefined ? {} : { program }),
  });
  await makeHostile(server, { ca: authority.cert, url: `https://${NAME}:${receiver.port}/` });
  await using victim: Victim = await startVictim(server, { app: "victim" });
  await victim.round(PUBLISHES);
  const before = await victim.round(PUBLISHES);
  const residentBefore = residentBytes(server);
  const published = call(
    server.url,
    "POST",
    "/app/hostile/msg/batch",
    Array.from({ length: EVENTS }, (_, n) => ({ eventType: "hostile.event", payload: { n } })),
  );
  const during = await victim.round(PUBLISHES);
  const residentDuring = residentBytes(server);
  assert.equal((await published).status, 202);
  return { before, during, residentBefore, residentDuring };
}

async function makeHostile(
  server: ServerProcess,
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
