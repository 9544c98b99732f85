/**
 * The only place where components are wired: store, sender, engine, dialects, listener. They stop in the
 * opposite order of their start: first no new publishers, then no new attempts, then the store.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Credentials } from "./config/credentials.ts";
import { adminAddress, listenRefusal } from "./config/listen-address.ts";
import { refuseForeignAddress, toEgressPolicy, toListener } from "./config/egress.ts";
import { enabledApis } from "./config/enabled-apis.ts";
import { openKeys } from "./config/open-keys.ts";
import { openSending, toFailpoint, toRender } from "./config/open-sending.ts";
import { toSenderCount } from "./config/sender-count.ts";
import type { Settings } from "./config/settings.ts";
import { limitsIn } from "./config/limit-settings.ts";
import { settingsInForce } from "./config/settings-in-force.ts";
import { storeOptions } from "./config/store-options.ts";
import { VERSION } from "./config/version.ts";
import type { TlsVersion } from "./core/crypto/tls-version.ts";
import { LIMITS, type LimitName, type LimitValues } from "./core/limits.ts";
import { toNodeName } from "./core/ids/node-name.ts";
import { createIdSource } from "./core/ids/ids.ts";
import { createShowRequest } from "./delivery/attempt/show-request.ts";
import { systemClock } from "./delivery/loops/clock.ts";
import { startEngine, type Engine } from "./delivery/engine.ts";
import { createDialects } from "./dialects/list.ts";
import { createHttpServer } from "./http/server.ts";
import type { EgressPolicy } from "./net/policy/address-policy.ts";
import { createConnector } from "./net/connect/connector.ts";
import { createConnectionCheck } from "./net/check-connection.ts";
import { createContentFetcher } from "./net/fetch-content.ts";
import { checkUrl } from "./net/policy/url-policy.ts";
import { createMinuteCounts } from "./operations/minute-counts.ts";
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
import {
  createStoredAnswerBytes,
  openSharedDayBytes,
} from "./delivery/limits/stored-answer-bytes.ts";
import { createMemory, type SharedMemory } from "./delivery/senders/messages.ts";
import { startSenders } from "./delivery/senders/start-senders.ts";
import type { SenderThreadData } from "./start-sender.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics, type Metrics, watchGauges } from "./telemetry/metrics.ts";
import { sourcesArePeers } from "./telemetry/source-events.ts";

/** Without this limit V8 lets young garbage of a thread grow three times as large before it collects. */
const YOUNG_GENERATION_MB = 24;

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
  const { log, ...telemetry } = openTelemetry(settings);
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
  const { tlsMinVersion } = settings;
  const { egress, sender, close } = openSending(settings, { policy, senders: 1 });
  opened.defer(close);

  const userAgent = `Hookline/${VERSION}`;
  const dialects = createDialects(settings);
  const render = toRender(settings);
  const ids = createIdSource({ now: () => systemClock.now(), randomBytes });
  const owner = toNodeName({ ksuid: ids.next(""), version: VERSION });
  opened.use(startRelay({ store: store.live, hub: live, node: owner, clock: systemClock }));
  const count = toSenderCount(settings, availableParallelism());
  const memory = count === 0 ? null : createMemory();
  const storedAnswers = createStoredAnswerBytes(
    limits.storedAnswerBytes,
    memory === null ? undefined : openSharedDayBytes(memory.storedAnswers),
  );
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
    ...openShowing({ render, keys, settings, userAgent }),
  };
  await seedEventTypes(context);
  await seedOperator(context);
  // The engine stops after the listener and starts after it. Nothing may be sent before the policy knows the
  // server's listeners, which are never called, regardless of the settings (I9).
  let engine: Pick<Engine, "stop"> | null = null;
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
  const listeners = [url, adminUrl].filter((one) => one !== null);
  policy = policyWith(listeners.map(toListener));
  sender.setPolicy(policy);
  engine = await startDeliveries({
    options: {
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
      ...toFailpoint(settings),
      count,
      log,
      onFailed: fail,
    },
    memory,
    data: { settings, listeners, isTerminal: process.stdout.isTTY },
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
  const log = openStandardOutput({ onDropped: () => metrics.log.dropped.inc() });
  const logger = createLogger({
    level: settings.logLevel,
    pretty: process.stdout.isTTY,
    target: log,
  });
  return { logger, metrics, log };
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

/** Deliveries as pages show them. */
function openShowing(
  given: Parameters<typeof createShowRequest>[0] & Pick<OperationContext, "render">,
): Pick<OperationContext, "render" | "buildRequest"> {
  return { render: given.render, buildRequest: createShowRequest(given) };
}

/** Calls to addresses that customers name, apart from deliveries. */
function openCalls(
  egress: Omit<Parameters<typeof createConnector>[0], "policy">,
  given: { readonly policy: () => EgressPolicy; readonly tlsMinVersion: TlsVersion },
): Pick<
  OperationContext,
  "checkConnection" | "urlChecks" | "schemaChecks" | "reveals" | "fetchContent"
> {
  const connect = createConnector({ ...egress, policy: given.policy });
  const now = () => performance.now();
  return {
    checkConnection: createConnectionCheck({ ...given, connect }),
    urlChecks: createMinuteCounts({ now, most: LIMITS.endpointChecks.value }),
    schemaChecks: createMinuteCounts({ now, most: LIMITS.schemaChecks.value }),
    reveals: createMinuteCounts({ now, most: LIMITS.reveals.value }),
    fetchContent: createContentFetcher({ ...given, connect, userAgent: `Hookline/${VERSION}` }),
  };
}

/** Starts the engine: on this thread, or on sender threads when they have memory in common. */
async function startDeliveries(p: {
  readonly options: Parameters<typeof startEngine>[0] &
    Omit<Parameters<typeof startSenders>[0], "memory" | "openThread">;
  readonly memory: SharedMemory | null;
  readonly data: Omit<SenderThreadData, "start">;
}): Promise<Pick<Engine, "stop">> {
  const { options, memory, data } = p;
  if (memory === null) return await startEngine(options);
  return await startSenders({
    ...options,
    memory,
    openThread: (start, moved) =>
      new Worker(new URL("./start-sender.ts", import.meta.url), {
        workerData: { ...data, start } satisfies SenderThreadData,
        transferList: [...moved],
        name: `sender-${start.siblings.indexOf(start.owner) + 1}`,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      }),
  });
}
