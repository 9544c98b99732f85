/** Progress bars and percentages for commands. */
import { styleText } from "node:util";

const WIDTH = 30;

/** A bar such as `███████░░░░░░` for a fraction from 0 to 1. */
export function progressBar(progress: number): string {
  const full = Math.round(progress * WIDTH);
  return styleText("cyan", "█".repeat(full)) + styleText("dim", "░".repeat(WIDTH - full));
}

/** A percentage such as ` 42 %`. It shows 100 only when everything is done. */
export function toPercent(progress: number): string {
  return `${Math.floor(progress * 100)} %`.padStart(5);
}
