/** The end of the demo, as lines: the same events in four shapes, and the results of each receiver. */
import type { Dialect } from "../src/core/snapshot.ts";
import { LABELS, RECEIVERS } from "./receiver-names.ts";
import { bold, dim, inColour } from "./screen.ts";
import type { SeenAttempt } from "./watch-attempts.ts";

const SHAPE_WIDTHS = { svix: 16, zipwhip: 18, sendblue: 19, chirp: 22 } as const;
const NOTHING = "–";

const CHECKED_NAMES: Readonly<Record<Dialect, string>> = {
  svix: "signatures",
  zipwhip: "",
  sendblue: "secrets",
  chirp: "headers",
};

/** Each event once, in the words of every receiver that received it. */
export function shapeLines(attempts: readonly SeenAttempt[]): readonly string[] {
  const events = Map.groupBy(attempts, ({ eventId }) => eventId);
  const rows = [...events.values()].map((own) => RECEIVERS.map((name) => shapeFor(name, own)));
  const different = new Map(rows.map((row) => [row.join(" "), row]));
  const heads = RECEIVERS.map((name) => inColour(name, LABELS[name].padEnd(SHAPE_WIDTHS[name])));
  return [
    bold("The same events, in the words of each API"),
    `  ${heads.join(" ")}`.trimEnd(),
    ...[...different.values()].map((row) => `  ${row.map(padded).join(" ")}`.trimEnd()),
  ];
}

function shapeFor(dialect: Dialect, ofEvent: readonly SeenAttempt[]): string {
  const attempt = ofEvent.find((one) => one.dialect === dialect);
  return attempt === undefined ? NOTHING : `${attempt.event} ${attempt.state}`.trim();
}

function padded(shape: string, index: number): string {
  const text = shape.padEnd(SHAPE_WIDTHS[RECEIVERS[index] ?? "svix"]);
  return shape === NOTHING ? dim(text) : text;
}

export function receiverLines(attempts: readonly SeenAttempt[]): readonly string[] {
  return [
    bold("Results of each receiver"),
    ...RECEIVERS.map((name) => receiverLine(name, attempts)),
  ];
}

function receiverLine(dialect: Dialect, attempts: readonly SeenAttempt[]): string {
  const own = attempts.filter((attempt) => attempt.dialect === dialect);
  const durations = own.map(({ durationMs }) => durationMs).sort((one, other) => one - other);
  const delivered = own.filter(({ statusCode }) => statusCode >= 200 && statusCode < 300).length;
  return (
    `  ${inColour(dialect, LABELS[dialect].padEnd(9))}` +
    `${delivered} delivered in ${own.length} attempts`.padEnd(29) +
    dim(`median ${durations[Math.floor(durations.length / 2)] ?? 0} ms`.padEnd(16)) +
    checkedWords(dialect, own)
  );
}

function checkedWords(dialect: Dialect, own: readonly SeenAttempt[]): string {
  const checked = CHECKED_NAMES[dialect];
  if (checked === "") return dim("nothing to verify");
  const good = own.filter(({ isGenuine }) => isGenuine === true).length;
  return good === own.length
    ? `${good} ${checked} verified`
    : `${own.length - good} ${checked} REFUSED`;
}
