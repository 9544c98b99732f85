/** One signed post through undici alone, with a new id, timestamp and signature each time. */
import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { Pool, type Dispatcher } from "undici";

/** undici's documented call, and the lower-level one that a sender with a custom handler uses. */
export type Means = "request" | "dispatch";

export type Poster = { post(body: string): Promise<void> };

export function openPoster(origin: string, connections: number, means: Means): Poster {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const key = createSecretKey(randomBytes(24));
  let made = 0;
  return {
    post(body) {
      const id = `msg_${String(made++).padStart(27, "0")}`;
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signed = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body);
      const headers = [
        "content-type",
        "application/json",
        "user-agent",
        "hookline-bench",
        "webhook-id",
        id,
        "webhook-timestamp",
        timestamp,
        "webhook-signature",
        `v1,${signed.digest("base64")}`,
      ];
      const request = { path: "/ceiling", method: "POST" as const, headers, body };
      if (means === "request") return postByRequest(pool, request);
      return new Promise((resolve, reject) => pool.dispatch(request, new Post(resolve, reject)));
    },
  };
}

async function postByRequest(
  pool: Pool,
  request: Dispatcher.RequestOptions & { path: string },
): Promise<void> {
  const { statusCode, body } = await pool.request(request);
  await body.dump();
  if (statusCode !== 200) throw new Error(`the sink answered with ${statusCode}`);
}

class Post implements Dispatcher.DispatchHandler {
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #status = 0;
  constructor(resolve: () => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }
  onRequestStart(): void {}
  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }
  onResponseData(): void {}
  onResponseEnd(): void {
    if (this.#status === 200) this.#resolve();
    else this.#reject(new Error(`the sink answered with ${this.#status}`));
  }
  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}
