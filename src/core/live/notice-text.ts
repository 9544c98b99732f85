/** The text by which nodes pass notices to each other. A database limits its size to 8,000 bytes. */
import type { LiveNotice } from "./notice.ts";

export type NoticeBatch = {
  /** The node that sends. */
  readonly node: string;
  readonly notices: readonly LiveNotice[];
  /** Some notices were left out. */
  readonly isIncomplete: boolean;
  /** A watcher has come: the other nodes look at once. */
  readonly isWatching: boolean;
};

type Kind = LiveNotice["kind"];
type FieldType = "string" | "number" | "boolean";

const FIELDS: { readonly [K in Kind]: readonly (readonly [string, FieldType])[] } = {
  event: [
    ["appId", "string"],
    ["id", "string"],
    ["eventType", "string"],
  ],
  attempt: [
    ["appId", "string"],
    ["id", "string"],
    ["eventId", "string"],
    ["endpointId", "string"],
    ["statusCode", "number"],
    ["succeeded", "boolean"],
    ["durationMs", "number"],
  ],
  endpoint: [
    ["appId", "string"],
    ["id", "string"],
  ],
  task: [
    ["appId", "string"],
    ["id", "string"],
    ["state", "string"],
  ],
};

/** One notice as JSON: its kind and the values of its fields. */
export function printNotice(notice: LiveNotice): string {
  const values = notice as unknown as Readonly<Record<string, unknown>>;
  return JSON.stringify([notice.kind, ...FIELDS[notice.kind].map(([name]) => values[name])]);
}

/** `notices` are printed. */
export function printBatch(
  p: Omit<NoticeBatch, "notices"> & { readonly notices: readonly string[] },
): string {
  const head = JSON.stringify({ n: p.node, g: Number(p.isIncomplete), w: Number(p.isWatching) });
  return `${head.slice(0, -1)},"l":[${p.notices.join(",")}]}`;
}

/** Null for a text that no node sends. A notice of a kind that this version does not know is left out. */
export function parseBatch(text: string): NoticeBatch | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { n, g, w, l } = parsed as Readonly<Record<string, unknown>>;
  if (typeof n !== "string" || !Array.isArray(l)) return null;
  const notices = l.flatMap((one) => findNotice(one) ?? []);
  return {
    node: n,
    notices,
    isIncomplete: g === 1 || notices.length < l.length,
    isWatching: w === 1,
  };
}

function findNotice(given: unknown): LiveNotice | null {
  if (!Array.isArray(given)) return null;
  const [kind, ...values] = given as readonly unknown[];
  if (typeof kind !== "string" || !Object.hasOwn(FIELDS, kind)) return null;
  const fields = FIELDS[kind as Kind];
  if (values.length !== fields.length) return null;
  // The type of a field follows from its position.
  if (!fields.every(([, type], index) => typeof values[index] === type)) return null;
  const entries = fields.map(([name], index) => [name, values[index]]);
  return { kind, ...Object.fromEntries(entries) } as LiveNotice;
}
