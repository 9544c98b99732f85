/**
 * The ceiling, figure (a), in a separate process. A bare undici loop posts the same body to the same sink,
 * with a new signature for every post like a delivery. It has no store, queue, policy or records.
 */
import process from "node:process";
import { monotonicMs } from "./clock.ts";
import { payloadText } from "./event.ts";
import { openPoster, type Means, type Poster } from "./post.ts";

export type ToCeiling = { readonly durationMs: number; readonly means: Means };
export type FromCeiling = { readonly posts: number; readonly elapsedMs: number };

const CONNECTIONS = 64;

const origin = process.argv[2];
if (origin === undefined) throw new Error("give the sink's origin");
const posters: Readonly<Record<Means, Poster>> = {
  request: openPoster(origin, CONNECTIONS, "request"),
  dispatch: openPoster(origin, CONNECTIONS, "dispatch"),
};
const body = payloadText(0);

process.on("message", ({ durationMs, means }: ToCeiling) => {
  void run(posters[means], durationMs).then((ran) => process.send?.(ran));
});
process.on("disconnect", () => process.exit());

async function run(poster: Poster, durationMs: number): Promise<FromCeiling> {
  const startedAt = monotonicMs();
  let posts = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      do {
        await poster.post(body);
        posts += 1;
      } while (monotonicMs() - startedAt < durationMs);
    }),
  );
  return { posts, elapsedMs: monotonicMs() - startedAt };
}
