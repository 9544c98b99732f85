/** The context of every scenario, and the start of a server with an application and endpoints. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Children, Sink } from "./children.ts";
import { driveClosed } from "./drive.ts";
import { EVENT_TYPE } from "./event.ts";
import { openPublisher, type Publisher } from "./publisher.ts";
import type { Row } from "./report.ts";
import { startServer, STORE_FILE, type Server, type ServerOptions } from "./server.ts";

/** The sizes of the full run, and of the quick one, which only shows that it works. */
export type Amounts = {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmMs: number;
  readonly latencyMs: number;
  readonly fanOutEndpoints: number;
  readonly pendingDeliveries: number;
  readonly oldEvents: number;
  readonly historyEvents: number;
  readonly idleMs: number;
  /** Due deliveries behind one dead endpoint, on PostgreSQL. */
  readonly deadDeliveries: number;
  readonly postgresHistoryEvents: number;
  /** Publishes of the victim in each round of (n). */
  readonly edgePublishes: number;
  /** Finished deliveries beside which the reads of pages are measured. */
  readonly pagesDeliveries: number;
  readonly pagesPostgresDeliveries: number;
};

export type Rig = Children & {
  readonly amounts: Amounts;
  /** The parent folder of stores. Each scenario creates separate folders in it. */
  readonly folder: string;
  readonly profile: boolean;
  /** Fault rows that (n) and (o) measure; empty for all of them. */
  readonly faultRows: readonly string[];
  /** Events a second of (b), once measured. */
  singlesPerSecond: number | undefined;
};

export type Scenario = (rig: Rig) => Promise<readonly Row[]>;

/** One server with one application, its event numbers and its open resources. */
export type Subject = {
  readonly server: Server;
  readonly app: string;
  readonly numbers: { next: number };
  open(eventsPerPublish: number, connections: number): Promise<Publisher>;
  makeEndpoints(count: number): Promise<void>;
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
};

/** Deliveries ahead of the sink: enough to keep every stage busy, and too few for a backlog in the queue. */
export const OUTSTANDING = 1_000;
export const BATCH_EVENTS = 100;
/** Connections of publishers of single events. Publishers of batches have fewer. */
export const SINGLE_CONNECTIONS = 64;
export const BATCH_CONNECTIONS = 8;

export async function startSubject(
  rig: Rig,
  name: string,
  options: Partial<ServerOptions> & { endpoints?: number } = {},
): Promise<Subject> {
  const server = await startServer({ ...toOptions(rig, name), ...options });
  if (options.program === "empty") return createSubject(rig, server, "none", { next: 1 });
  const app = String((await server.call("POST", "/app", { name: "bench" }))["id"]);
  const subject = createSubject(rig, server, app, { next: 1 });
  await subject.makeEndpoints(options.endpoints ?? 1);
  return subject;
}

/** Starts a server on the same store again, after `stop`. */
export async function restartSubject(
  rig: Rig,
  name: string,
  before: Subject,
  settings: Readonly<Record<string, string>> = {},
): Promise<Subject> {
  const server = await startServer({ ...toOptions(rig, name), settings });
  return createSubject(rig, server, before.app, before.numbers);
}

export function toStoreFile(rig: Rig, name: string): string {
  return join(rig.folder, name, STORE_FILE);
}

/** The settings of a server whose store is the result of `toStoreFile` with the same name. */
export function toOptions(rig: Rig, name: string): ServerOptions {
  const folder = join(rig.folder, name);
  mkdirSync(folder, { recursive: true });
  return { folder, sinkPort: rig.sink.port, profile: rig.profile };
}

function createSubject(rig: Rig, server: Server, app: string, numbers: { next: number }): Subject {
  const open: Publisher[] = [];
  return {
    server,
    app,
    numbers,
    async open(eventsPerPublish, connections) {
      const { url, token } = server;
      const publisher = await openPublisher({
        url,
        token,
        app,
        eventsPerPublish,
        connections,
        numbers,
      });
      open.push(publisher);
      return publisher;
    },
    makeEndpoints: (count) => makeEndpoints(server, app, rig.sink, count),
    async stop(signal) {
      for (const publisher of open) publisher.close();
      await server.stop(signal);
    },
  };
}

const MAKERS = 16;

async function makeEndpoints(
  server: Server,
  app: string,
  sink: Sink,
  count: number,
): Promise<void> {
  let made = 0;
  async function make(): Promise<void> {
    while (made < count) {
      const path = `/e/${made++}`;
      await server.call("POST", `/app/${app}/endpoint`, {
        url: `${sink.origin}${path}`,
        filterTypes: [EVENT_TYPE],
      });
    }
  }
  await Promise.all(Array.from({ length: MAKERS }, make));
}

/** Publishes until hot code is compiled and every sender is a known contact. */
export async function warm(rig: Rig, publisher: Publisher, endpoints = 1): Promise<void> {
  const { sink } = rig;
  const outstanding = Math.max(OUTSTANDING, 2 * endpoints);
  await driveClosed({ publisher, sink, durationMs: rig.amounts.warmMs, outstanding, endpoints });
}
