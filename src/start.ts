/**
 * The only place where components are wired: store, sender, engine, dialects, listener. They stop in the
 * opposite order of their start: first no new publishers, then no new attempts, then the store.
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { availableParallelism, networkInterfaces } from "node:os";
import type { Credentials } from "./config/credentials.ts";
import { adminAddress, listenRefusal } from "./config/listen-address.ts";
import { enabledApis } from "./config/enabled-apis.ts";
import { openKeys } from "./config/open-keys.ts";
import type { Settings } from "./config/settings.ts";
import { limitsIn } from "./config/limit-settings.ts";
import { settingsInForce } from "./config/settings-in-force.ts";
import { storeOptions } from "./config/store-options.ts";
import { VERSION } from "./config/version.ts";
import type { TlsVersion } from "./core/crypto/tls-version.ts";
import { LIMITS, type LimitName, type LimitValues } from "./core/limits.ts";
import { AppError } from "./core/error.ts";
import { toNodeName } from "./core/ids/node-name.ts";
import { createIdSource } from "./core/ids/ids.ts";
import type { Render } from "./delivery/attempt/attempt.ts";
import { createShowRequest } from "./delivery/attempt/show-request.ts";
import { systemClock } from "./delivery/loops/clock.ts";
import { startEngine, type Engine } from "./delivery/engine.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { createDialects } from "./dialects/list.ts";
import { createHttpServer } from "./http/server.ts";
import {
  createEgressPolicy,
  type EgressPolicy,
  type OwnListener,
} from "./net/policy/address-policy.ts";
import { parseEgressAllow } from "./net/policy/egress-allow.ts";
import { parseEgressProxy, type EgressProxy } from "./net/connect/egress-proxy.ts";
import { createConnector } from "./net/connect/connector.ts";
import { createConnectionCheck } from "./net/check-connection.ts";
import { createContentFetcher } from "./net/fetch-content.ts";
import { createResolver } from "./net/policy/resolver.ts";
import { checkLocalAddress } from "./net/connect/local-address.ts";
import { createSender } from "./net/send.ts";
import { checkUrl } from "./net/policy/url-policy.ts";
import { createUrlChecks } from "./operations/endpoints/url-checks.ts";
import { hashSecret } from "./operations/keys/authenticate-caller.ts";
import type { OperationContext } from "./operations/context.ts";
import { createLiveHub } from "./operations/live/live-hub.ts";
import { startRelay } from "./operations/live/relay-notices.ts";
import { tapStore } from "./operations/live/tap-store.ts";
import { grantDashboardLink } from "./operations/dashboard/dashboard-sessions.ts";
import { createPasswordTurns } from "./operations/lines/password-turns.ts";
import { createStoreHealth } from "./operations/store-health.ts";
import { createRefusals } from "./operations/refusals.ts";
import { createDownloadSlots } from "./operations/messages/download-slots.ts";
import { seedEventTypes } from "./operations/events/seed-event-types.ts";
import { seedOperator } from "./operations/apps/seed-operator.ts";
import { openStore } from "./store/open.ts";
import { storeFilesMoved } from "./telemetry/events.ts";
import { openStandardOutput } from "./telemetry/log-output.ts";
import { createStoredAnswerBytes } from "./delivery/limits/stored-answer-bytes.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics, type Metrics, watchGauges } from "./telemetry/metrics.ts";
import { sourcesArePeers } from "./telemetry/source-events.ts";

export type RunningServer = {
  readonly url: string;
  readonly adminUrl: string | null;
  /** Resolves with the reason when the server can no longer keep its promises and must stop. */
  readonly failed: Promise<Error>;
  /** A link that signs in to the dashboard once, with the rights of the admin token. */
  grantDashboardLink(): Promise<string | null>;
  stop(): Promise<void>;
};

/** `environment` is only for the page of the system, which shows where each setting comes from. */
export async function start(
  settings: Settings,
  credentials: Credentials,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<RunningServer> {
  const apis = enabledApis(settings);
  const policyWith = toEgressPolicy(settings);
  await refuseForeignAddress(settings.egressAddress);

  await using opened = new AsyncDisposableStack();
  const telemetry = openTelemetry(settings);
  const { metrics } = telemetry;
  const limits = limitsIn(settings);
  watchLimits(metrics, limits);
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const untapped = opened.use(
    await openStore(
      settings.store,
      storeOptions(settings, {
        onFatal: fail,
        onFilesMoved: (problem) => storeFilesMoved(telemetry, problem),
      }),
    ),
  );
  const live = createLiveHub(systemClock);
  const store = tapStore(untapped, live);
  const { keys, keyChange } = await openKeys(store.encryption, credentials);

  let policy = policyWith([]);
  const resolver = createResolver();
  opened.defer(() => resolver.close());
  const { tlsMinVersion, attemptDetail: keptDetail } = settings;
  const egress = {
    resolver,
    proxy: findProxy(settings),
    ...(settings.egressAddress === "" ? {} : { localAddress: settings.egressAddress }),
  };
  const sender = createSender({ ...egress, policy, tlsMinVersion, keptDetail });
  opened.defer(() => sender.close());

  const userAgent = `Hookline/${VERSION}`;
  const dialects = createDialects(settings);
  const render = toRender(dialects);
  const ids = createIdSource({ now: () => systemClock.now(), randomBytes });
  const owner = toNodeName({ ksuid: ids.next(""), version: VERSION });
  opened.use(startRelay({ store: store.live, hub: live, node: owner, clock: systemClock }));
  const storedAnswers = createStoredAnswerBytes(limits.storedAnswerBytes);
  const context: OperationContext = {
    store,
    health: createStoreHealth({ ping: () => store.ping(), now: () => performance.now() }),
    ids,
    now: () => systemClock.now(),
    randomBytes,
    keys,
    keyChange,
    passwordTurns: createPasswordTurns(Math.max(1, Math.floor(availableParallelism() / 2))),
    adminTokenHash: hashSecret(credentials.adminToken),
    settings: { ...settings, limits, version: VERSION },
    checkUrl: (url, schemes) => checkUrl(url, { policy, schemes }),
    ...openCalls(egress, { policy: () => policy, tlsMinVersion }),
    downloads: createDownloadSlots(),
    refusals: createRefusals(),
    node: { name: owner, settings: settingsInForce(settings, { credentials, environment }) },
    live,
    usedOnNode: (appId) => ({ storedAnswerBytes: storedAnswers.used(appId, systemClock.now()) }),
    telemetry,
    buildRequest: createShowRequest({ render, keys, settings, userAgent }),
  };
  await seedEventTypes(context);
  await seedOperator(context);
  // The engine stops after the listener and starts after it. Nothing may be sent before the policy knows the
  // server's listeners, which are never called, regardless of the settings (I9).
  let engine: Engine | null = null;
  opened.defer(() => engine?.stop({ graceMs: settings.stopGraceMs }));
  const server = createHttpServer({
    dialects: dialects.filter(({ name }) => apis.includes(name)),
    context,
    version: VERSION,
    settings: { ...settings, admin: adminAddress(settings) },
  });
  opened.defer(() => server.close({ graceMs: settings.stopGraceMs }));
  const { url, adminUrl } = await server.listen().catch((error: unknown) => {
    // The address was free when it was tried and has been taken since.
    throw listenRefusal(error, settings);
  });
  if (settings.trustProxy.length === 0) sourcesArePeers(telemetry);
  policy = policyWith([url, adminUrl].filter((one) => one !== null).map(toListener));
  sender.setPolicy(policy);
  engine = await startEngine({
    store,
    sender,
    render,
    keys,
    clock: systemClock,
    ids,
    telemetry,
    owner,
    live,
    version: VERSION,
    settings,
    storedAnswers,
    limits: { inFlight: limits.attemptsInFlight, replayedPerSecond: settings.replayRate },
    ...(settings.failpoint === "after-send-before-record"
      ? { failpoint: dieAt(settings.failpoint) }
      : {}),
  });

  const running = opened.move();
  return {
    url,
    adminUrl,
    failed,
    grantDashboardLink: () => toDashboardLink(context, adminUrl ?? url),
    stop: () => running.disposeAsync(),
  };
}

/** The key is in the fragment, which reaches no log of a proxy. */
async function toDashboardLink(context: OperationContext, url: string): Promise<string | null> {
  const key = await grantDashboardLink(context);
  return key === null ? null : `${url}/dashboard/login#key=${key}`;
}

function openTelemetry(settings: Settings) {
  const metrics = createMetrics({ processMetrics: true });
  const logger = createLogger({
    level: settings.logLevel,
    pretty: process.stdout.isTTY,
    target: openStandardOutput({ onDropped: () => metrics.log.dropped.inc() }),
  });
  return { logger, metrics };
}

function toRender(dialects: readonly Dialect[]): Render {
  return (snapshot, endpoint, webhookIndex) =>
    dialectNamed(dialects, endpoint.dialect).render(snapshot, endpoint, webhookIndex);
}

function watchLimits(metrics: Metrics, limits: LimitValues): void {
  watchGauges(metrics, {
    name: "hookline_limit",
    help: "Limits of the server, by name",
    read: () =>
      Object.fromEntries(
        Object.entries(LIMITS).map(([key, { name }]) => [name, limits[key as LimitName]]),
      ),
  });
}

function dialectNamed(dialects: readonly Dialect[], name: string): Dialect {
  const dialect = dialects.find((one) => one.name === name);
  if (dialect === undefined) throw new AppError("internal", `no dialect is called ${name}`);
  return dialect;
}

/** Calls to addresses that customers name, apart from deliveries. */
function openCalls(
  egress: Omit<Parameters<typeof createConnector>[0], "policy">,
  given: { readonly policy: () => EgressPolicy; readonly tlsMinVersion: TlsVersion },
): Pick<OperationContext, "checkConnection" | "urlChecks" | "fetchContent"> {
  const connect = createConnector({ ...egress, policy: given.policy });
  return {
    checkConnection: createConnectionCheck({ ...given, connect }),
    urlChecks: createUrlChecks({
      now: () => performance.now(),
      most: LIMITS.endpointChecks.value,
    }),
    fetchContent: createContentFetcher({ ...given, connect, userAgent: `Hookline/${VERSION}` }),
  };
}

function toEgressPolicy(
  settings: Settings,
): (ownListeners: readonly OwnListener[]) => EgressPolicy {
  const allow = parseEgressAllow(settings.egressAllow);
  if (!allow.ok) throw new AppError("invalid_field", `HOOKLINE_EGRESS_ALLOW: ${allow.problem}.`);
  const ownAddresses = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
  return (ownListeners) => createEgressPolicy({ allow: allow.rules, ownAddresses, ownListeners });
}

function findProxy(settings: Settings): EgressProxy | null {
  const parsed = parseEgressProxy(settings.egressProxy);
  if (parsed.ok) return parsed.proxy;
  // The value is not repeated: it may contain a password.
  throw new AppError("invalid_field", `HOOKLINE_EGRESS_PROXY: ${parsed.problem}.`);
}

async function refuseForeignAddress(address: string): Promise<void> {
  const problem = address === "" ? null : await checkLocalAddress(address);
  if (problem === null) return;
  throw new AppError("invalid_field", `HOOKLINE_EGRESS_ADDRESS is "${address}": ${problem}.`);
}

function toListener(url: string): OwnListener {
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
