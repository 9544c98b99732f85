/**
 * F18, for I9: no endpoint reaches the operator's network in any dialect, by its URL, by the addresses of its
 * name, or by its answers. The server runs in a network namespace where every address leads to one canary,
 * which therefore detects any forbidden connection. The public targets show that the canary works, and so
 * does a run with an open policy before the closed one.
 */
import assert from "node:assert/strict";
import { isIP } from "node:net";
import addressCases from "../net/cases/addresses.json" with { type: "json" };
import urlCases from "../net/cases/urls.json" with { type: "json" };
import { startServer, temporaryFolder } from "../harness/server.ts";
import { openCanary } from "../net/canary.ts";
import { openDnsServer } from "../net/dns-server.ts";
import type { DnsRecords } from "../net/dns-server.ts";
import {
  DIALECTS,
  eventuallySo,
  nativeApiAt,
  openHooks,
  readMetric,
  watchHooks,
} from "../net/dialect-hooks.ts";
import type { Watched } from "../net/dialect-hooks.ts";
import { testInNamespace } from "../net/namespace.ts";

const PUBLIC_FOUR = "93.184.216.34";
const PUBLIC_SIX = "2606:2800:21f:cb07:6820:80da:af6b:8b2c";
const PORTS = [80, 443, 3128, 8080, 8443, 9000];
/** The reason of a refusal by the text of the URL, or by the resolved address. */
const REFUSED = /is refused by the address policy/;
/** All literals and names, except those that no setting can allow. */
const OPEN =
  "0.0.0.0/0,::/0,localhost,*.localhost,*.internal,metadata,metadata.packet.net,intranet," +
  "*.local,*.svc,*.home.arpa,instance-data,*.lan";

type UrlCase = { readonly url: string; readonly code?: string; readonly allow?: string };
type AddressCase = {
  readonly ip: string;
  readonly allowed: boolean;
  readonly allow?: string;
  readonly own?: string;
};

/** Every way to write a target that the policy refuses. The URLs use http, which needs no certificate. */
const BLOCKED_URLS = (urlCases as readonly UrlCase[])
  .filter(({ code, allow }) => code === "blocked_url" && allow === undefined)
  .map(({ url }) => url.replace(/^https:/, "http:"));

/** Every address that the policy refuses, as a name's DNS record. */
const BLOCKED_ADDRESSES = (addressCases as readonly AddressCase[])
  .filter(({ allowed, allow, own }) => !allowed && allow === undefined && own === undefined)
  .filter(({ ip }) => isIP(ip) !== 0 && !ip.includes("%"))
  .map(({ ip }) => ip);

const toSettings = (folder: string, allow: string) => ({
  HOOKLINE_STORE: `sqlite:${folder}/hookline.db`,
  HOOKLINE_EGRESS_ALLOW: allow,
  HOOKLINE_SENDBLUE_RETRIES: "10m",
  HOOKLINE_CHIRP_RETRIES: "10m",
});

/** The attempts that the store has. They are counted when they end, and recorded many in one commit. */
async function recordedAttempts(url: string): Promise<number> {
  return readMetric(url, "hookline_record_batch_size_sum");
}

/** Checks that each endpoint's last attempt was refused before a connection was opened. */
async function assertAllBlocked(hooks: Watched, only: RegExp): Promise<number> {
  const endpoints = (await hooks.endpoints()).filter(({ url }) => only.test(url));
  for (const { id, url } of endpoints) {
    const [last] = await hooks.attempts(id);
    assert.match(last?.response ?? "no attempt", REFUSED, url);
    assert.equal(last?.responseStatusCode, 0);
  }
  return endpoints.length;
}

testInNamespace(
  "F18 no connection is opened to a name whose address the policy refuses",
  import.meta.filename,
  async (t) => {
    using folder = temporaryFolder();
    const records = new Map<string, DnsRecords>([
      ["public.example.com", { a: [PUBLIC_FOUR] }],
      ["six.example.com", { aaaa: [PUBLIC_SIX] }],
      // One forbidden address among allowed ones, in either family, first or last.
      ["mixed-a.example.com", { a: [PUBLIC_FOUR, "10.0.0.1"] }],
      ["mixed-b.example.com", { a: ["10.0.0.1", PUBLIC_FOUR] }],
      ["mixed-c.example.com", { a: [PUBLIC_FOUR], aaaa: ["fd00:ec2::254"] }],
      ["mixed-d.example.com", { a: ["127.0.0.1"], aaaa: [PUBLIC_SIX] }],
      ["alias.example.com", { aliases: ["metadata.google.internal"], a: ["169.254.169.254"] }],
      ["many.example.com", { a: [...Array.from({ length: 30 }, () => PUBLIC_FOUR), "10.9.8.7"] }],
    ]);
    for (const [n, ip] of BLOCKED_ADDRESSES.entries()) {
      const six = isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
      records.set(`to-${n}.example.com`, isIP(ip) === 6 ? { aaaa: [six] } : { a: [ip] });
    }
    const isPublic = /\/\/(?:public|six)\./;
    await using dns = await openDnsServer((name) => records.get(name), { port: 53 });
    await using canary = await openCanary(PORTS);
    await using server = await startServer({ settings: toSettings(folder.path, "") });
    const hooks = await openHooks(nativeApiAt(server.url));
    for (const name of [...records.keys(), "inhosts.example.com"]) {
      for (const dialect of DIALECTS) {
        const made = await hooks.create(dialect, `http://${name}/${dialect}`);
        assert.ok(made.accepted, `${dialect} ${name}: ${made.text}`);
      }
    }
    for (const url of BLOCKED_URLS) {
      for (const dialect of DIALECTS) {
        const made = await hooks.create(dialect, url);
        assert.equal(made.accepted, false, `${dialect} ${url}: ${made.text}`);
      }
    }
    assert.deepEqual(dns.asked, [], "creating or refusing an endpoint makes no DNS query");

    await hooks.publish("m1");
    const endpoints = await hooks.endpoints();
    assert.equal(endpoints.length, (records.size + 1) * DIALECTS.length);
    await eventuallySo(
      async () => (await recordedAttempts(server.url)) >= endpoints.length,
      "one attempt at each",
    );
    const blocked = await assertAllBlocked(hooks, /^(?!.*(?:public|six|inhosts)\.)/);
    assert.equal(blocked, endpoints.length - 3 * DIALECTS.length);
    assert.deepEqual(canary.addresses(), [PUBLIC_SIX, PUBLIC_FOUR].toSorted());
    const reached = canary.connections
      .map(({ text }) => /^\S+ (\S+)/.exec(text)?.[1] ?? "")
      .toSorted();
    assert.deepEqual(reached, [...DIALECTS, ...DIALECTS].map((name) => `/${name}`).toSorted());
    assert.equal(endpoints.filter(({ url }) => isPublic.test(url)).length, reached.length);
    for (const name of dns.asked) assert.doesNotMatch(name, /corp\.example$/, "no search domain");
    t.diagnostic(`${blocked} endpoints blocked, ${reached.length} public ones reached`);
  },
);

testInNamespace(
  "F18 endpoints created under an open policy are blocked after a restart with the closed one",
  import.meta.filename,
  async (t) => {
    using folder = temporaryFolder();
    // Under the open policy the system resolves names, to a private address.
    await using _dns = await openDnsServer(() => ({ a: ["10.1.2.3"] }), { port: 53 });
    await using canary = await openCanary(PORTS);
    const never: string[] = [];
    let app: string;
    let opened = 0;
    {
      await using server = await startServer({ settings: toSettings(folder.path, OPEN) });
      const hooks = await openHooks(nativeApiAt(server.url));
      ({ app } = hooks);
      for (const [n, url] of BLOCKED_URLS.entries()) {
        for (const dialect of DIALECTS) {
          const made = await hooks.create(dialect, `${url}${n}-${dialect}`);
          if (!made.accepted && dialect === "svix") never.push(url);
          assert.equal(made.accepted, !never.includes(url), `${dialect} ${url}: ${made.text}`);
        }
      }
      await hooks.publish("open");
      opened = (await hooks.endpoints()).length;
      await eventuallySo(
        async () => (await recordedAttempts(server.url)) >= opened,
        "one attempt at each while it was open",
      );
      // The canary must be reached here; otherwise the missing connections below prove nothing.
      const { connections } = canary;
      t.diagnostic(`open: ${opened} endpoints, ${connections.length} connections`);
      const reached = new Set(connections.map(({ text }) => /(\d+)-[a-z]+ HTTP/.exec(text)?.[1]));
      const silent = BLOCKED_URLS.filter((url, n) => !reached.has(`${n}`) && !never.includes(url));
      // A link-local address is reached only through an interface, which a URL cannot name.
      assert.deepEqual(silent, ["http://[fe80::1]/"]);
      for (const address of ["127.0.0.1", "::1", "169.254.169.254", "10.1.2.3", "fd00:ec2::254"]) {
        assert.ok(canary.addresses().includes(address), `${address} was not reached`);
      }
      assert.equal(await server.stop(), 0);
    }

    const before = canary.connections.length;
    await using server = await startServer({ settings: toSettings(folder.path, "") });
    const hooks = watchHooks(nativeApiAt(server.url), app);
    await hooks.publish("closed");
    await eventuallySo(
      async () => (await recordedAttempts(server.url)) >= opened,
      "one attempt at each after it was closed",
    );
    assert.equal(await assertAllBlocked(hooks, /./), opened);
    assert.deepEqual(
      canary.connections.slice(before),
      [],
      "not one connection after it was closed",
    );
    t.diagnostic(`closed: ${opened} blocked; never opened: ${never.join(" ")}`);
  },
);

testInNamespace(
  "F18 rebinding, redirects, environment proxies and pictures reach no private address",
  import.meta.filename,
  async (t) => {
    using folder = temporaryFolder();
    let isRebound = false;
    await using dns = await openDnsServer(
      (name) =>
        name === "inside.example.com"
          ? { a: [PUBLIC_FOUR, "10.0.0.1"] }
          : name === "rebind.example.com"
            ? { a: [isRebound ? "10.0.0.1" : PUBLIC_FOUR], ttlSeconds: 0 }
            : { a: [PUBLIC_FOUR] },
      { port: 53 },
    );
    await using canary = await openCanary(PORTS, ({ text }) =>
      /^\S+ \/redirect/.test(text)
        ? 'HTTP/1.1 307 Go\r\nlocation: http://169.254.169.254/latest\r\nalt-svc: h3="10.0.0.1:443"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
        : "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    );
    const proxy = "http://10.0.0.1:3128";
    await using server = await startServer({
      settings: {
        ...toSettings(folder.path, ""),
        HTTP_PROXY: proxy,
        HTTPS_PROXY: proxy,
        ALL_PROXY: proxy,
        http_proxy: proxy,
        https_proxy: proxy,
        NO_PROXY: "127.0.0.1",
        NODE_USE_ENV_PROXY: "1",
      },
    });
    const hooks = await openHooks(nativeApiAt(server.url));
    for (const dialect of DIALECTS) {
      for (const host of ["rebind.example.com", `redirect-${dialect}.example.com`]) {
        const path = host.startsWith("rebind") ? "rebind" : "redirect";
        const made = await hooks.create(dialect, `http://${host}/${path}/${dialect}`);
        assert.ok(made.accepted, made.text);
      }
    }
    assert.ok((await hooks.create("zipwhip", "http://served.example.com/served")).accepted);
    await hooks.publish("first");
    await eventuallySo(
      () => canary.connections.length > 2 * DIALECTS.length,
      "all public at first",
    );

    isRebound = true;
    const asked = () => dns.asked.filter((name) => name === "rebind.example.com").length;
    const before = asked();
    let turns = 0;
    await eventuallySo(async () => {
      // The first answer is cached for five seconds, regardless of its TTL.
      turns += 1;
      await hooks.publish(`again-${turns}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
      return asked() > before;
    }, "the name is queried again");
    await hooks.publish("last");
    const rebound = (await hooks.endpoints()).filter(({ url }) => url.includes("/rebind/"));
    assert.equal(rebound.length, DIALECTS.length);
    for (const { id } of rebound) {
      await eventuallySo(
        async () => REFUSED.test((await hooks.attempts(id))[0]?.response ?? ""),
        "blocked once the name has a private address",
      );
    }

    const pictures = ["http://inside.example.com/p", ...BLOCKED_URLS.slice(0, 9)];
    await hooks.publish("pictures", [...pictures.slice(0, 9), "http://public.example.com/picture"]);
    const webhook = () =>
      canary.connections.find(
        ({ text }) => text.startsWith("POST /served") && text.includes('"hasAttachment":true'),
      );
    await eventuallySo(() => webhook() !== undefined, "the webhook with pictures");
    const messageId = /"id":(\d+)/.exec(webhook()?.text ?? "")?.[1] ?? "";
    const listed = (await hooks.line.done("/messageAttachment/list", { messageId })) as readonly {
      readonly storageKey: string;
    }[];
    assert.equal(listed.length, 10);
    for (const { storageKey } of listed) {
      await fetch(`${server.url}/hostedContent/get?storageKey=${encodeURIComponent(storageKey)}`);
    }
    const fetched = canary.connections.filter(({ text }) => text.startsWith("GET /p"));
    assert.deepEqual(
      fetched.map(({ text }) => text.split(" ")[1]),
      ["/picture"],
    );

    assert.deepEqual(canary.addresses(), [PUBLIC_FOUR], "only the public address was reached");
    assert.ok(
      canary.connections.every(({ port, text }) => port === 80 && !/^cookie:/im.test(text)),
    );
    t.diagnostic(`${turns} publishes until the name was queried again`);
  },
);
