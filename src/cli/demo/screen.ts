/** What the demo prints: a line per text that is played, a line per attempt, a summary. */
import { styleText } from "node:util";

export type ShownAttempt = {
  readonly at: Date;
  readonly eventType: string;
  readonly endpoint: string;
  /** 0 when there was no answer. */
  readonly statusCode: number;
  readonly number: number;
  readonly durationMs: number;
};

const COLUMNS = { time: 12, event: 20, endpoint: 10, status: 8, attempt: 9 } as const;

const dim = (text: string) => styleText("dim", text);
const bold = (text: string) => styleText("bold", text);

function clock(at: Date): string {
  return at.toISOString().slice(11, 21);
}

export function showHeading(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
  console.log("");
  console.log(
    dim(
      "  " +
        "time".padEnd(COLUMNS.time) +
        "event".padEnd(COLUMNS.event) +
        "endpoint".padEnd(COLUMNS.endpoint) +
        "status".padEnd(COLUMNS.status) +
        "attempt".padEnd(COLUMNS.attempt) +
        "duration",
    ),
  );
}

export function showPlayed(eventType: string, words: string): void {
  console.log(`${styleText("cyan", "▸")} ${dim(eventType.padEnd(18))} ${words}`);
}

export function showAttempt(attempt: ShownAttempt): void {
  const succeeded = attempt.statusCode >= 200 && attempt.statusCode < 300;
  const status =
    (succeeded ? "✓ " : "✗ ") + (attempt.statusCode === 0 ? "none" : attempt.statusCode);
  console.log(
    "  " +
      dim(clock(attempt.at).padEnd(COLUMNS.time)) +
      attempt.eventType.padEnd(COLUMNS.event) +
      attempt.endpoint.padEnd(COLUMNS.endpoint) +
      styleText(succeeded ? "green" : "red", status.padEnd(COLUMNS.status)) +
      String(attempt.number).padEnd(COLUMNS.attempt) +
      `${attempt.durationMs} ms` +
      (succeeded
        ? attempt.number > 1
          ? styleText("green", "  recovered")
          : ""
        : dim("  retry is scheduled")),
  );
}

export type EndpointSummary = {
  readonly endpoint: string;
  readonly attempts: number;
  readonly delivered: number;
  readonly failures: number;
  readonly medianMs: number;
};

export function showSummary(endpoints: readonly EndpointSummary[], notes: readonly string[]): void {
  console.log("");
  console.log(bold("What each endpoint got"));
  for (const one of endpoints) {
    console.log(
      "  " +
        one.endpoint.padEnd(COLUMNS.endpoint) +
        `${one.delivered} delivered`.padEnd(15) +
        `${one.attempts} attempts`.padEnd(14) +
        `${one.failures} failed and retried`.padEnd(24) +
        dim(`median ${one.medianMs} ms`),
    );
  }
  for (const note of notes) console.log(`  ${note}`);
}
