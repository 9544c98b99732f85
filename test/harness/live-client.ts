/** A client of the live stream, which reads server-sent events as they arrive. */
import assert from "node:assert/strict";

export type LiveEvent = {
  readonly kind: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

export type LiveClient = AsyncDisposable & {
  readonly headers: Headers;
  /** The next event of this kind; those of other kinds are passed over. Null at the end of the stream. */
  next(kind: string): Promise<LiveEvent | null>;
  /** Everything until the stream ends. */
  rest(): Promise<readonly LiveEvent[]>;
};

export async function openLiveClient(url: string, token: string): Promise<LiveClient> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  });
  assert.equal(response.status, 200, response.status === 200 ? "" : await response.text());
  const events = readEvents(response.body as ReadableStream<Uint8Array>);
  return {
    headers: response.headers,
    async next(kind) {
      for (;;) {
        const { done, value } = await events.next();
        if (done === true) return null;
        if (value.kind === kind) return value;
      }
    },
    rest: () => Array.fromAsync(events),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await events.return(undefined).catch(() => undefined);
    },
  };
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent, undefined> {
  let text = "";
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, kind, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (kind !== undefined && data !== undefined) yield { kind, facts: JSON.parse(data) };
    }
  }
  return undefined;
}
