/**
 * Dashboards that are open on different pages. Each has the live stream of its page, and repeats the reads when the
 * stream says that they are old, as `useLiveReads` does. Reads with a timer are repeated by it, too; each read of a
 * path begins its interval again, as TanStack Query does.
 */
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { createLivePace } from "../../ui/api/live-times.ts";
import { monotonicMs } from "../clock.ts";
import type { Server } from "../server.ts";
import type { Sample, World } from "./conversations.ts";

type Page = {
  /** The application of the page; null for all. */
  readonly app: string | null;
  /** Kinds of notices that make the reads old. */
  readonly kinds: readonly string[];
  readonly live: readonly string[];
  readonly timed: readonly { readonly path: string; readonly everyMs: number }[];
};

/** An application with its endpoints. */
export type DrivenApp = World["apps"][number];

export type Dashboards = {
  /** Reads so far. */
  reads(): number;
  close(): Promise<void>;
};

/**
 * The pages that are open, with the kinds and times of `ui/`. Some show the application that is
 * driven, so that its notices reach them, and others a full one.
 */
function listPages(
  { apps }: World,
  { samples, driven }: { readonly samples: readonly Sample[]; readonly driven: DrivenApp },
): readonly Page[] {
  const full = apps[0] as World["apps"][number];
  const day = new Date(Date.now() - 86_400_000).toISOString();
  const overview: Page = {
    app: null,
    kinds: ["event", "attempt", "endpoint", "task", "overview", "gap"],
    live: ["/overview"],
    timed: [
      { path: "/overview", everyMs: 5_000 },
      { path: `/stats/series?since=${day}`, everyMs: 30_000 },
    ],
  };
  const texts = ({ id }: DrivenApp): Page => ({
    app: id,
    kinds: ["event", "attempt", "endpoint", "gap"],
    live: [`/app/${id}/text`],
    timed: [],
  });
  const events = ({ id }: DrivenApp): Page => ({
    app: id,
    kinds: ["event", "attempt", "gap"],
    live: [`/app/${id}/msg?with_deliveries=true&with_content=false`],
    timed: [],
  });
  const allEndpoints: Page = {
    app: null,
    kinds: ["attempt", "endpoint", "gap"],
    live: ["/endpoint"],
    timed: [{ path: "/endpoint", everyMs: 10_000 }],
  };
  const oneEndpoint = ({ id, endpoints: [endpoint] }: DrivenApp): Page => {
    const path = `/app/${id}/endpoint/${endpoint}?with_health=true`;
    const attempts = `/app/${id}/attempt/endpoint/${endpoint}?with_msg=true`;
    const charts = `/app/${id}/stats/series?endpoint_id=${endpoint}&since=${day}`;
    return {
      app: id,
      kinds: ["attempt", "endpoint", "gap"],
      live: [path, attempts],
      timed: [
        { path, everyMs: 5_000 },
        { path: attempts, everyMs: 3_000 },
        { path: charts, everyMs: 30_000 },
      ],
    };
  };
  const oneText: Page = {
    app: full.id,
    kinds: ["event", "attempt", "endpoint", "gap"],
    live: [`/app/${full.id}/text/${samples[0]?.messageId}`],
    timed: [],
  };
  return [
    overview,
    overview,
    overview,
    texts(full),
    texts(driven),
    events(full),
    events(driven),
    allEndpoints,
    oneEndpoint(driven),
    oneText,
  ];
}

export async function openDashboards(
  server: Server,
  world: World,
  shown: { readonly samples: readonly Sample[]; readonly driven: DrivenApp },
): Promise<Dashboards> {
  let reads = 0;
  const running = new Set<Promise<void>>();
  const read = (path: string): void => {
    const one = get(server, path).then(() => void running.delete(one));
    reads += 1;
    running.add(one);
  };
  const open = await Promise.all(
    listPages(world, shown).map((page) => openDashboard(server, page, read)),
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
  { app, kinds, live, timed }: Page,
  read: (path: string) => void,
): Promise<() => void> {
  const pace = createLivePace();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const everyMs = new Map(timed.map((one) => [one.path, one.everyMs]));
  let isClosed = false;

  function readNow(path: string): void {
    if (isClosed) return;
    read(path);
    const ms = everyMs.get(path);
    if (ms === undefined) return;
    clearTimeout(timers.get(path));
    const intervalMs = pace.toIntervalMs({ everyMs: ms, now: monotonicMs() });
    timers.set(
      path,
      setTimeout(() => readNow(path), intervalMs),
    );
  }

  for (const path of new Set([...live, ...everyMs.keys()])) readNow(path);
  let readAt = monotonicMs();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const marks = kinds.map((kind) => `event: ${kind}\n`);
  const stream = await openStream(server, app);
  stream.on("data", (text: string) => {
    const now = monotonicMs();
    if (text.includes("event: gap\n")) pace.noteGap(now);
    if (gathering !== undefined || !marks.some((mark) => text.includes(mark))) return;
    gathering = setTimeout(() => {
      gathering = undefined;
      readAt = monotonicMs();
      for (const path of live) readNow(path);
    }, pace.toWaitMs({ readAt, now }));
  });
  return () => {
    isClosed = true;
    stream.destroy();
    clearTimeout(gathering);
    for (const timer of timers.values()) clearTimeout(timer);
  };
}

function openStream({ url, token }: Server, app: string | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
    const path = app === null ? "/stream" : `/app/${app}/stream`;
    const asked = request(`${url}/api/v1${path}`, { headers, agent: false }, (answer) => {
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
