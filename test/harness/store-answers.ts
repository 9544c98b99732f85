/** All that a store returns about its contents, in one value for a comparison. */
import { firstPage, HOUR } from "../contract/store/steps.ts";
import type { Store } from "../../src/store/store.ts";
import { START, type Filled } from "./filled-store.ts";

const ALL = firstPage({ limit: 250 });
const UPWARDS = { ...ALL, ascending: true };

export async function loadAnswers(store: Store, filled: Filled): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {
    apps: await store.apps.list(ALL),
    full: await store.apps.list({ ...UPWARDS, excludeEmpty: true }),
    eventTypes: await store.eventTypes.list({ ...ALL, includeArchived: true }),
    typeNames: await store.eventTypes.names(),
    totals: await store.upkeep.totals(),
    check: await store.upkeep.check(),
    encrypted: await store.encryption.listStale({ keyId: 9, limit: 100 }),
    sending: await store.endpoints.forSending({ endpointIds: filled.endpointIds }),
    jobs: withoutProgress(await store.jobs.list({ appRef: null, window: ALL }), filled),
    result: await loadResult(store),
    goneApp: await store.apps.get({ ref: filled.goneAppId }),
  };
  // The sweep fills the search index of a copy again, so its delay differs.
  const { storeBytes: _, unsealedSeconds: _delay, ...gauges } = await store.upkeep.gauges();
  answers["gauges"] = gauges;
  for (const username of filled.usernames) {
    answers[username] = await store.lines.findByUsername({ username: username.toUpperCase() });
  }
  for (const [i, secretHash] of filled.secretHashes.entries()) {
    answers[`key ${i}`] = await store.keys.findByHash({ secretHash });
  }
  for (const [i, sessionHash] of filled.sessionHashes.entries()) {
    answers[`session ${i}`] = await store.lines.findSession({ sessionHash });
  }
  for (const appRef of filled.appIds) {
    answers[appRef] = await answersOfApp(store, appRef, filled.endpointIds);
  }
  return answers;
}

async function loadResult(store: Store) {
  const kind = "event-type.aggregate";
  const jobs = await store.jobs.list({ appRef: null, window: ALL, kind });
  const id = jobs?.items[0]?.id ?? "";
  return await store.jobs.result({ id, after: null, limit: 100 });
}

async function answersOfApp(
  store: Store,
  appRef: string,
  endpointIds: readonly string[],
): Promise<Record<string, unknown>> {
  const { history } = store;
  const lines = await store.lines.list({ appRef });
  const events = await history.listEvents({ appRef, window: ALL, filter: {} });
  const half = events?.items[3]?.id ?? null;
  const first = await history.feed({ appRef, after: null, limit: 3 });
  const answers: Record<string, unknown> = {
    app: await store.apps.get({ ref: appRef }),
    keys: await store.keys.list({ appRef }),
    lines,
    endpoints: await store.endpoints.list({ ...ALL, appRef, dialect: null }),
    set: await store.endpoints.readSet({ appRef, dialect: "svix", line: null }),
    ...(await answersOfPoller(store, appRef)),
    events,
    upwards: await history.listEvents({
      appRef,
      window: { ...UPWARDS, after: half },
      filter: { since: START + 1, until: START + HOUR },
    }),
    feed: await history.feed({ appRef, after: null, limit: 250 }),
    feedBehind: await history.feed({ appRef, after: half, limit: 250 }),
    feedPlace: await history.feed({ appRef, after: first?.next ?? null, limit: 2 }),
  };
  for (const { id, number } of lines) {
    const page = { appRef, line: number, fingerprint: null, start: 0, limit: 100 };
    answers[id] = [
      await store.lines.listLogins({ appRef, ref: id }),
      await store.messages.list(page),
    ];
  }
  for (const { id, eventId } of events?.items ?? []) {
    const of = { appRef, eventId: id };
    answers[id] = [
      eventId === null ? null : await history.getEvent({ appRef, ref: eventId }),
      await history.deliveriesOfEvent({ ...of, window: ALL }),
      await history.attemptsOfEvent({ ...of, endpointRef: null, window: ALL, filter: {} }),
    ];
  }
  for (const endpointRef of endpointIds) {
    const of = { appRef, endpointRef, window: ALL, filter: {} };
    const attempts = await history.attemptsOfEndpoint({ ...of, withEvent: true });
    answers[endpointRef] = [
      await history.deliveriesOfEndpoint(of),
      attempts,
      await store.endpoints.stats({ appRef, ref: endpointRef, since: null, until: null }),
    ];
    for (const { id, eventId } of attempts?.items ?? []) {
      answers[id] = await history.getAttempt({ appRef, eventId, attemptId: id });
    }
  }
  return answers;
}

async function answersOfPoller(store: Store, appRef: string): Promise<Record<string, unknown>> {
  const pollers = await store.pollers.list({ ...UPWARDS, appRef });
  const poller = pollers?.items[0];
  if (poller === undefined) return { pollers };
  const { id: pollerId, startCursor } = poller;
  const consumer = await store.pollers.consumer({ appRef, pollerId, consumer: "worker" });
  const feed = (after: string) => store.history.feed({ appRef, after, limit: 3 });
  return {
    pollers,
    consumer,
    polled: await feed(startCursor),
    consumed: await feed(consumer?.cursor ?? ""),
  };
}

/** The position of a running job differs between stores with other ids. */
function withoutProgress<T extends { readonly items: readonly { readonly id: string }[] }>(
  page: T | null,
  { runningJobs }: Filled,
): unknown {
  return page?.items.map((job) =>
    runningJobs.includes(job.id) ? { ...job, progress: null } : job,
  );
}
