/**
 * Dashboards that are open on different pages. Each has a live stream and the timers of its page. It repeats the
 * reads of the page when the stream says that they are old, as `useLiveReads` does.
 */
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { monotonicMs } from "../clock.ts";
import type { Server } from "../server.ts";
import type { Sample, World } from "./conversations.ts";

const GATHER_MS = 1_000;
const BUSY_MS = 5_000;

type Page = {
  /** Kinds of notices that make the reads old. */
  readonly kinds: readonly string[];
  readonly live: readonly string[];
  readonly timed: readonly { readonly path: string; readonly everyMs: number }[];
};

export type Dashboards = {
  /** Reads so far. */
  reads(): number;
  close(): Promise<void>;
};

/** The pages that are open; `useLiveReads` and the pages of `ui/` have the same kinds and times. */
function listPages({ apps }: World, samples: readonly Sample[]): readonly Page[] {
  const { id, endpoints } = apps[0] as World["apps"][number];
  const app = `/app/${id}`;
  const endpoint = `${app}/endpoint/${endpoints[0]}`;
  const day = new Date(Date.now() - 86_400_000).toISOString();
  const overview: Page = {
    kinds: ["event", "attempt", "endpoint", "task", "overview", "gap"],
    live: ["/overview"],
    timed: [
      { path: "/overview", everyMs: 5_000 },
      { path: `/stats/series?since=${day}`, everyMs: 30_000 },
    ],
  };
  const texts: Page = {
    kinds: ["event", "attempt", "endpoint", "gap"],
    live: [`${app}/text`],
    timed: [],
  };
  const events: Page = {
    kinds: ["event", "attempt", "gap"],
    live: [`${app}/msg?with_deliveries=true&with_content=false`],
    timed: [],
  };
  const allEndpoints: Page = {
    kinds: ["attempt", "endpoint", "gap"],
    live: ["/endpoint"],
    timed: [{ path: "/endpoint", everyMs: 10_000 }],
  };
  const oneEndpoint: Page = {
    kinds: ["attempt", "endpoint", "gap"],
    live: [
      `${endpoint}?with_health=true`,
      `${app}/stats/series?endpoint_id=${endpoints[0]}&since=${day}`,
      `${app}/attempt/endpoint/${endpoints[0]}?with_msg=true`,
    ],
    timed: [{ path: `${endpoint}?with_health=true`, everyMs: 5_000 }],
  };
  const oneText: Page = {
    kinds: ["event", "attempt", "endpoint", "gap"],
    live: [`${app}/text/${samples[0]?.messageId}`],
    timed: [],
  };
  return [
    overview,
    overview,
    overview,
    texts,
    texts,
    events,
    events,
    allEndpoints,
    oneEndpoint,
    oneText,
  ];
}

export async function openDashboards(
  server: Server,
  world: World,
  samples: readonly Sample[],
): Promise<Dashboards> {
  let reads = 0;
  const running = new Set<Promise<void>>();
  const read = (path: string): void => {
    const one = get(server, path).then(() => void running.delete(one));
    reads += 1;
    running.add(one);
  };
  const open = await Promise.all(
    listPages(world, samples).map((page) => openDashboard(server, page, read)),
  );
  return {
    reads: () => reads,
    async close() {
      for (const close of open) close();
      await Promise.all(running);
    },
  };
}

async function openDashboard(
  server: Server,
  { kinds, live, timed }: Page,
  read: (path: string) => void,
): Promise<() => void> {
  const timers = timed.map(({ path, everyMs }) => setInterval(() => read(path), everyMs));
  for (const path of live) read(path);
  let readAt = monotonicMs();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const marks = kinds.map((kind) => `event: ${kind}\n`);
  const stream = await openStream(server);
  stream.on("data", (text: string) => {
    if (gathering !== undefined || !marks.some((mark) => text.includes(mark))) return;
    const waitMs = Math.max(GATHER_MS, readAt + BUSY_MS - monotonicMs());
    gathering = setTimeout(() => {
      gathering = undefined;
      readAt = monotonicMs();
      for (const path of live) read(path);
    }, waitMs);
  });
  return () => {
    stream.destroy();
    clearTimeout(gathering);
    for (const timer of timers) clearInterval(timer);
  };
}

function openStream({ url, token }: Server): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
    const asked = request(`${url}/api/v1/stream`, { headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) {
        reject(new Error(`the stream was answered ${answer.statusCode}`));
        return;
      }
      answer.setEncoding("latin1");
      answer.on("error", () => undefined);
      resolve(answer);
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function get({ url, token }: Server, path: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`GET ${path} was answered ${answer.status}`);
}
