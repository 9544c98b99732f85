/**
 * Checks a payload against the schemas that are registered for its type. They are the operator's, and a pattern
 * in one may take for ever with some payload. So the check runs in a thread with a deadline and little memory, one
 * at a time. A thread takes 160 ms of a
 * processor on a busy machine (2026-12-01), and an application may have 30 a minute.
 */
import { Worker } from "node:worker_threads";
import { isJsonType } from "../../core/json/json-type.ts";
import type { SchemaProblem } from "../../core/events/schema-problems.ts";
import type { OperationContext } from "../context.ts";

export const PAYLOAD_STATES = [
  "fits",
  "problems",
  "no_schema",
  "not_json",
  "expired",
  "too_large",
  "not_checked",
] as const;

export type CheckedPayload = {
  readonly state: (typeof PAYLOAD_STATES)[number];
  /** The version of the schema. Null for a built-in type, and without a check. */
  readonly version: string | null;
  readonly problems: readonly SchemaProblem[];
};
/** JSON texts: the schemas by version, and the payload. */
export type GivenPayload = { readonly schemas: string; readonly payload: string };

/** The thread sends it once its program is loaded, and then the result. */
export const BEGUN = "begun";
export type PayloadMessage = typeof BEGUN | CheckedPayload;

const LARGEST_PAYLOAD = 256 * 1024;
/** On a busy machine the start of a thread takes long, and it is not the schema's fault. */
const START_MS = 10_000;
const DEADLINE_MS = 1_000;
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 };
const MOST_WAITING = 4;

let waiting = 0;
let previous: Promise<unknown> = Promise.resolve();

export async function checkPayload(
  context: Pick<OperationContext, "schemaChecks">,
  p: {
    readonly appId: string;
    readonly schemas: string | null;
    readonly payloadText: string;
    readonly contentType: string;
  },
): Promise<CheckedPayload> {
  if (p.schemas === null) return unchecked("no_schema");
  if (!isJsonType(p.contentType)) return unchecked("not_json");
  if (p.payloadText.length > LARGEST_PAYLOAD) return unchecked("too_large");
  if (waiting >= MOST_WAITING || !context.schemaChecks.take(p.appId)) {
    return unchecked("not_checked");
  }
  waiting += 1;
  const given = { schemas: p.schemas, payload: p.payloadText };
  const checking = previous.then(() => checkInThread(given)).finally(() => (waiting -= 1));
  previous = checking;
  return await checking;
}

export function unchecked(state: CheckedPayload["state"]): CheckedPayload {
  return { state, version: null, problems: [] };
}

async function checkInThread(workerData: GivenPayload): Promise<CheckedPayload> {
  const worker = new Worker(new URL("./payload-worker.ts", import.meta.url), {
    workerData,
    resourceLimits: RESOURCE_LIMITS,
  });
  const { promise: checked, resolve } = Promise.withResolvers<CheckedPayload>();
  const giveUp = (): void => resolve(unchecked("not_checked"));
  let timer = setTimeout(giveUp, START_MS);
  worker.on("message", (message: PayloadMessage) => {
    clearTimeout(timer);
    if (message === BEGUN) timer = setTimeout(giveUp, DEADLINE_MS);
    else resolve(message);
  });
  worker.on("error", giveUp);
  worker.on("exit", giveUp);
  try {
    return await checked;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
