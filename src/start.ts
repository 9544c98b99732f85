/**
 * Where everything is wired, and nowhere else: store, sender, engine, dialects, listener. What starts
 * here stops in the opposite order: first no new publishers, then no new attempts, then the store.
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Credentials } from "./config/credentials.ts";
import type { Settings } from "./config/settings.ts";
import { storeOptions } from "./config/store-options.ts";
import { VERSION } from "./config/version.ts";
import { AppError } from "./core/error.ts";
import { createIdSource } from "./core/ids.ts";
import { keyFingerprint, parseSecretKey } from "./core/seal.ts";
import { systemClock } from "./delivery/clock.ts";
import { startEngine, type Engine } from "./delivery/engine.ts";
import { DIALECTS } from "./dialects/list.ts";
import { createHttpServer, type HttpAddress } from "./http/server.ts";
import { createEgressPolicy, type EgressPolicy, type OwnListener } from "./net/address-policy.ts";
import { parseEgressAllow } from "./net/egress-allow.ts";
import { createResolver } from "./net/resolver.ts";
import { createSender } from "./net/send.ts";
import { checkUrl } from "./net/url-policy.ts";
import { hashSecret } from "./operations/authenticate-caller.ts";
import type { OperationContext } from "./operations/context.ts";
import { seedEventTypes } from "./operations/seed-event-types.ts";
import { openStore } from "./store/open.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";

/** The id stored beside everything sealed; a second key, for re-keying, gets the next number. */
const FIRST_KEY_ID = 1;

export type RunningServer = {
  readonly url: string;
  readonly adminUrl: string | null;
  /** Resolves with the reason when the server can no longer keep its promises and must stop. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
};

export async function start(settings: Settings, credentials: Credentials): Promise<RunningServer> {
  const key = parseSecretKey(credentials.secretKey);
  if (!key.ok) throw new AppError("invalid_field", `HOOKLINE_SECRET_KEY: ${key.reason}.`);
  const policyWith = egressPolicyOf(settings);

  await using opened = new AsyncDisposableStack();
  const telemetry = {
    logger: createLogger({ level: settings.logLevel, pretty: process.stdout.isTTY }),
    metrics: createMetrics({ processMetrics: true }),
  };
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const store = opened.use(
    await openStore(settings.store, storeOptions(settings, { onFatal: fail })),
  );
  await store.upkeep.keepKeyFingerprint({ fingerprint: keyFingerprint(key.key) });

  let policy = policyWith([]);
  const resolver = createResolver();
  opened.defer(() => resolver.close());
  const sender = createSender({
    policy,
    resolver,
    ...(settings.egressAddress === "" ? {} : { localAddress: settings.egressAddress }),
  });
  opened.defer(() => sender.close());

  const ids = createIdSource({ now: () => systemClock.now(), randomBytes });
  const context: OperationContext = {
    store,
    ids,
    now: () => systemClock.now(),
    randomBytes,
    sealKey: { key: key.key, keyId: FIRST_KEY_ID },
    adminTokenHash: hashSecret(credentials.adminToken),
    settings,
    checkUrl: (url, schemes) => checkUrl(url, { policy, schemes }),
    telemetry,
  };
  await seedEventTypes(context);

  // Stops after the listener, starts after it: before the policy knows the server's own listeners,
  // which are never called whatever is allowed (I9), nothing may be sent.
  let engine: Engine | null = null;
  opened.defer(() => engine?.stop({ graceMs: settings.stopGraceMs }));
  const server = createHttpServer({
    dialects: DIALECTS.filter((dialect) => settings.surfaces.includes(dialect.name)),
    context,
    settings: {
      host: settings.host,
      port: settings.port,
      admin: parseAddress(settings.adminListen),
      trustProxy: settings.trustProxy === "" ? false : settings.trustProxy.split(","),
    },
  });
  opened.defer(() => server.close());
  const { url, adminUrl } = await server.listen();
  policy = policyWith([url, adminUrl].filter((one) => one !== null).map(listenerOf));
  sender.setPolicy(policy);
  engine = await startEngine({
    store,
    sender,
    render: (snapshot, endpoint, part) =>
      dialectNamed(endpoint.dialect).render(snapshot, endpoint, part),
    secretKey: key.key,
    clock: systemClock,
    ids,
    telemetry,
    owner: ids.next(""),
    version: VERSION,
    settings,
    limits: { inFlight: settings.attemptsInFlight },
    ...(settings.failpoint === "after-send-before-record"
      ? { failpoint: dieAt(settings.failpoint) }
      : {}),
  });

  const running = opened.move();
  return { url, adminUrl, failed, stop: () => running.disposeAsync() };
}

function dialectNamed(name: string) {
  const dialect = DIALECTS.find((one) => one.name === name);
  if (dialect === undefined) throw new AppError("internal", `no dialect is called ${name}`);
  return dialect;
}

function egressPolicyOf(
  settings: Settings,
): (ownListeners: readonly OwnListener[]) => EgressPolicy {
  const allow = parseEgressAllow(settings.egressAllow);
  if (!allow.ok) throw new AppError("invalid_field", `HOOKLINE_EGRESS_ALLOW: ${allow.problem}.`);
  const ownAddresses = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
  return (ownListeners) => createEgressPolicy({ allow: allow.rules, ownAddresses, ownListeners });
}

function parseAddress(text: string): HttpAddress | null {
  if (text === "") return null;
  const end = text.lastIndexOf(":");
  return { host: text.slice(0, end).replace(/^\[|\]$/g, ""), port: Number(text.slice(end + 1)) };
}

function listenerOf(url: string): OwnListener {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function dieAt(failpoint: string): (name: string) => void {
  return (name) => {
    if (name !== failpoint) return;
    writeSync(process.stderr.fd, `failpoint ${failpoint}\n`);
    process.kill(process.pid, "SIGKILL");
  };
}
