/** The demo's output while it plays: one line for each text, and one for each attempt below it. */
import { styleText } from "node:util";
import type { Dialect } from "../src/core/snapshot.ts";
import type { DemoMessage, Line } from "./conversation.ts";
import { cutEnd, cutMiddle, INDENT, WIDTHS, type Layout } from "./layout.ts";
import { LABELS } from "./receiver-names.ts";
import type { SeenAttempt } from "./watch-attempts.ts";

const MARGIN = " ".repeat(INDENT);
const COLOURS = {
  svix: "cyan",
  zipwhip: "magenta",
  sendblue: "blueBright",
  chirp: "yellow",
} as const;
const FEWEST_ID_CHARACTERS = 8;

export const dim = (text: string) => styleText("dim", text);
export const bold = (text: string) => styleText("bold", text);
export const inColour = (dialect: Dialect, text: string) => styleText(COLOURS[dialect], text);

/** The column heads of `attemptLine`. */
export function columnsLine({ gap, time }: Layout): string {
  const between = " ".repeat(gap);
  const names = [
    "time".padEnd(time),
    "receiver".padEnd(WIDTHS.receiver),
    "event in its API".padEnd(WIDTHS.event),
    "status".padEnd(WIDTHS.status),
    "try".padEnd(WIDTHS.attempt),
    "took".padStart(WIDTHS.took),
    "its own id",
  ];
  return dim(MARGIN + names.join(between));
}

/** The event that the platform published. */
export function playedLine({ eventType, payload: { message } }: Line, layout: Layout): string {
  const head = ` ${eventType.padEnd("message.progress".length)}  `;
  const words = cutEnd(toWords(message), layout.columns - "▸".length - head.length);
  return styleText("cyan", "▸") + bold(head) + words;
}

/** The line in place of an attempt when the receiver's API has no event for the published one. */
export function silentLine(dialect: Dialect, { time, gap }: Layout): string {
  const label = inColour(dialect, LABELS[dialect].padEnd(WIDTHS.receiver));
  return MARGIN + [" ".repeat(time), label, dim("has no event for this")].join(" ".repeat(gap));
}

function toWords({ id, from, text, media, status }: DemoMessage): string {
  if (text === undefined) return `${id} is ${String(status).replaceAll("_", " ")}`;
  const pictures = media === undefined ? "" : ` + ${media.length} pictures`;
  return `${from ?? ""} “${text}”${pictures}`;
}

export function attemptLine(attempt: SeenAttempt, layout: Layout): string {
  const { dialect, statusCode, number, durationMs, at } = attempt;
  const isSuccess = statusCode >= 200 && statusCode < 300;
  const status = (isSuccess ? "✓ " : "✗ ") + (statusCode === 0 ? "none" : statusCode);
  const colour = isSuccess ? "green" : "red";
  const cells = [
    dim(at.toISOString().slice(11, 11 + layout.time)),
    inColour(dialect, LABELS[dialect].padEnd(WIDTHS.receiver)),
    eventCell(attempt),
    styleText(colour, status.padEnd(WIDTHS.status)),
    String(number).padEnd(WIDTHS.attempt),
    tookWords(durationMs).padStart(WIDTHS.took),
    lastCell(attempt, { isSuccess, width: layout.ids }),
  ];
  return MARGIN + cells.join(" ".repeat(layout.gap));
}

function tookWords(durationMs: number): string {
  return durationMs < 10_000 ? `${durationMs}ms` : `${(durationMs / 1000).toFixed(1)}s`;
}

function eventCell({ event, state }: SeenAttempt): string {
  const name = cutEnd(event, WIDTHS.event);
  const rest = state === "" ? "" : cutEnd(` ${state}`, WIDTHS.event - name.length);
  return name + dim(rest) + " ".repeat(Math.max(0, WIDTHS.event - name.length - rest.length));
}

function lastCell(
  { ids, number }: SeenAttempt,
  { isSuccess, width }: { readonly isSuccess: boolean; readonly width: number },
): string {
  const note = isSuccess ? (number > 1 ? "recovered" : "") : "will be retried";
  const room = note === "" ? width : width - note.length - 1;
  const shown = room < FEWEST_ID_CHARACTERS ? "" : idsCell(ids, room);
  if (note === "") return shown;
  return (isSuccess ? styleText("green", note) : styleText("red", note)) + (shown && ` ${shown}`);
}

/** The ids with their names if there is room, shortened otherwise. */
function idsCell(ids: SeenAttempt["ids"], width: number): string {
  const named = ids.map(({ name, value }) => `${name} ${value}`).join("  ");
  if (named.length <= width) {
    return ids.map(({ name, value }) => `${dim(name)} ${value}`).join("  ");
  }
  const [first = "", ...others] = ids.map(({ value }) => value);
  const rest = others.join(" ");
  if (rest === "") return cutMiddle(first, width);
  const room = width - first.length - 1;
  return room < FEWEST_ID_CHARACTERS
    ? cutMiddle(first, width)
    : `${first} ${cutMiddle(rest, room)}`;
}
