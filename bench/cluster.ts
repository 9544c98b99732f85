/**
 * One store and its nodes, with one application. Each endpoint has a separate channel, so that the work is
 * spread over shards as with several receivers.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { EVENT_TYPE } from "./event.ts";
import { joinPublishers, openPublisher, type Publisher } from "./publisher.ts";
import type { Rig } from "./rig.ts";
import { startServer, type Server } from "./server.ts";

export type Cluster = {
  readonly nodes: readonly Server[];
  readonly app: string;
  readonly numbers: { next: number };
  /** The connections are spread over the nodes. */
  open(eventsPerPublish: number, connections: number): Promise<Publisher>;
  /** CPU time of all nodes. */
  cpuMs(): number;
  stop(): Promise<void>;
};

const ENDPOINTS = 32;
const CHANNELS = Array.from({ length: ENDPOINTS }, (_, i) => `c-${String(i).padStart(2, "0")}`);

export async function startCluster(
  rig: Rig,
  name: string,
  p: {
    readonly nodes?: number;
    readonly settings?: Readonly<Record<string, string>>;
    /** The application of a store that was filled before. */
    readonly app?: string;
    readonly numbers?: { next: number };
    readonly checkout?: string;
  } = {},
): Promise<Cluster> {
  const nodes: Server[] = [];
  for (let i = 0; i < (p.nodes ?? 1); i++) {
    const folder = join(rig.folder, `${name}-${i}`);
    mkdirSync(folder, { recursive: true });
    const { profile, sink } = rig;
    const given = {
      ...(p.settings === undefined ? {} : { settings: p.settings }),
      ...(p.checkout === undefined ? {} : { checkout: p.checkout }),
    };
    nodes.push(await startServer({ folder, sinkPort: sink.port, profile, ...given }));
  }
  const first = nodes[0] as Server;
  const app = p.app ?? String((await first.call("POST", "/app", { name: "bench" }))["id"]);
  if (p.app === undefined) {
    for (const [i, channel] of CHANNELS.entries()) {
      await first.call("POST", `/app/${app}/endpoint`, {
        url: `${rig.sink.origin}/e/${i}`,
        filterTypes: [EVENT_TYPE],
        channels: [channel],
      });
    }
  }
  const numbers = p.numbers ?? { next: 1 };
  const open: Publisher[] = [];
  return {
    nodes,
    app,
    numbers,
    async open(eventsPerPublish, connections) {
      const each = nodes.map(({ url, token }) =>
        openPublisher({
          url,
          token,
          app,
          eventsPerPublish,
          connections: Math.ceil(connections / nodes.length),
          channels: CHANNELS,
          numbers,
        }),
      );
      const publisher = joinPublishers(await Promise.all(each));
      open.push(publisher);
      return publisher;
    },
    cpuMs: () => nodes.reduce((sum, node) => sum + node.cpuMs(), 0),
    async stop() {
      for (const publisher of open) publisher.close();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
