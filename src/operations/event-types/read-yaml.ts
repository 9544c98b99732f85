/**
 * Reads YAML beside the event loop: a text of 1 MiB took 8 s on a busy machine (2026-11-30). The thread has a
 * deadline and little memory, and one thread runs at a time.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { parseJson } from "../../core/json/json.ts";
import type { JsonValue } from "../../core/json/json-value.ts";

export type YamlReply = { readonly json: string } | { readonly problem: string };

const DEADLINE_MS = 30_000;
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };
const SHOWN_LENGTH = 300;

let previous: Promise<unknown> = Promise.resolve();

/** Returns the value, or the problem as a sentence. */
export async function readYaml(
  text: string,
): Promise<{ readonly value: JsonValue } | { readonly problem: string }> {
  const reading = previous.then(() => readInThread(text));
  previous = reading;
  const reply = await reading;
  if ("json" in reply) return { value: parseJson(reply.json) };
  return { problem: reply.problem.slice(0, SHOWN_LENGTH) };
}

async function readInThread(text: string): Promise<YamlReply> {
  const worker = new Worker(new URL("./yaml-worker.ts", import.meta.url), {
    workerData: text,
    resourceLimits: RESOURCE_LIMITS,
  });
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const [reply] = (await once(worker, "message", { signal })) as [YamlReply];
    return reply;
  } catch {
    return { problem: "it takes too long, or too much memory, to read; give it as JSON" };
  } finally {
    await worker.terminate();
  }
}
