/**
 * F16, for I4 and I9: DNS that fails in every way. A failure affects only its endpoint and has a reason in
 * words. 200 names without an answer delay no other name, and no connection is opened for a name that did not
 * resolve. F18 covers rebinding and mixed answers.
 */
import assert from "node:assert/strict";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { openCanary } from "../net/canary.ts";
import { openDnsServer } from "../net/dns-server.ts";
import type { DnsRecords } from "../net/dns-server.ts";
import { eventuallySo, nativeApiAt, readMetric, watchHooks } from "../net/dialect-hooks.ts";
import { testInNamespace } from "../net/namespace.ts";

const PUBLIC = "93.184.216.34";
const DEAD_NAMES = 200;
const FRESH_NAMES = 50;
const APP = "dns";

type Trouble = { readonly records: DnsRecords | undefined; readonly says: RegExp };

const TROUBLES: Readonly<Record<string, Trouble>> = {
  "missing.example.com": { records: undefined, says: /does not exist \(NXDOMAIN\)$/ },
  "empty.example.com": { records: {}, says: /has no address$/ },
  "broken.example.com": {
    records: { serverFailure: true },
    says: /not be resolved \(ESERVFAIL\)$/,
  },
  "silent.example.com": {
    records: { silent: true },
    says: /did not answer in time$|\(ETIMEOUT\)$/,
  },
  "loop.example.com": {
    records: { aliases: ["b.example.com", "loop.example.com", "b.example.com"] },
    says: /has no address$/,
  },
  "huge.example.com": {
    records: { a: Array.from({ length: 3500 }, () => PUBLIC) },
    says: /more than 64 addresses$/,
  },
};

function findAnswer(name: string): DnsRecords | undefined {
  if (name.startsWith("dead-")) return { silent: true };
  if (name.startsWith("fresh-")) return { a: [PUBLIC] };
  if (name === "chain.example.com") {
    return { aliases: ["a.example.net", "b.example.net"], a: [PUBLIC] };
  }
  return TROUBLES[name]?.records;
}

testInNamespace(
  `F16 each DNS failure has its reason, and ${DEAD_NAMES} dead names delay no other endpoint`,
  import.meta.filename,
  async (t) => {
    using folder = temporaryFolder();
    await using dns = await openDnsServer(findAnswer, { port: 53 });
    await using canary = await openCanary([80]);
    await using server = await startServer({
      settings: { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`, HOOKLINE_EGRESS_ALLOW: "" },
    });
    const api = nativeApiAt(server.url);
    const watched = watchHooks(api, APP);
    const send = async (path: string, body: object) => {
      const answer = await api.call("POST", path, { body });
      assert.ok(answer.status < 300, answer.text);
    };
    await send("/app", { name: "DNS", uid: APP });
    for (const name of ["dns.trouble", "dns.dead", "dns.fresh"]) {
      await send("/event-type", { name, description: "" });
    }
    const listen = (name: string, eventType: string) =>
      send(`/app/${APP}/endpoint`, {
        url: `http://${name}/${name}`,
        eventTypes: [eventType],
        retrySchedule: [86_400],
      });
    for (const name of [...Object.keys(TROUBLES), "chain.example.com"]) {
      await listen(name, "dns.trouble");
    }
    for (let n = 0; n < DEAD_NAMES; n += 1) await listen(`dead-${n}.example.com`, "dns.dead");
    for (let n = 0; n < FRESH_NAMES; n += 1) await listen(`fresh-${n}.example.com`, "dns.fresh");
    assert.deepEqual(dns.asked, [], "creating an endpoint makes no DNS query");

    await send(`/app/${APP}/msg`, { eventType: "dns.dead", payload: {} });
    await eventuallySo(() => new Set(dns.asked).size >= DEAD_NAMES, "every dead name is queried");
    // The test asserts order and not time: a name that waits for a dead one would wait until that one fails.
    const ended = () => readMetric(server.url, "hookline_attempts_total", 'result="network"');
    await send(`/app/${APP}/msg`, { eventType: "dns.fresh", payload: {} });
    await eventuallySo(
      () => canary.connections.length >= FRESH_NAMES,
      "every fresh name is called",
    );
    const endedBefore = await ended();
    assert.equal(endedBefore, 0, "all fresh names were called before a dead one failed");
    await eventuallySo(async () => (await ended()) >= DEAD_NAMES, "the dead names fail");

    await send(`/app/${APP}/msg`, { eventType: "dns.trouble", payload: {} });
    const endpoints = await watched.endpoints();
    for (const [name, { says }] of Object.entries(TROUBLES)) {
      const { id = "" } = endpoints.find(({ url }) => url.includes(name)) ?? {};
      await eventuallySo(
        async () => (await watched.attempts(id)).length > 0,
        `an attempt at ${name}`,
      );
      const [attempt] = await watched.attempts(id);
      assert.equal(attempt?.responseStatusCode, 0);
      assert.match(attempt.response, says, name);
    }
    await eventuallySo(
      () => canary.connections.some(({ text }) => text.includes("/chain.example.com")),
      "aliases with an address are called",
    );
    assert.equal(canary.connections.length, FRESH_NAMES + 1);
    assert.equal(dns.asked.filter((name) => name === "loop.example.com").length, 1);
    t.diagnostic(`${dns.asked.length} questions, ${canary.connections.length} connections`);
  },
);
