/** How commands draw the way that something has come. */
import { styleText } from "node:util";

const WIDTH = 30;

/** `███████░░░░░░`, of 0 to 1. */
export function progressBar(progress: number): string {
  const full = Math.round(progress * WIDTH);
  return styleText("cyan", "█".repeat(full)) + styleText("dim", "░".repeat(WIDTH - full));
}

/** ` 42 %`, and 100 not before it is so. */
export function toPercent(progress: number): string {
  return `${Math.floor(progress * 100)} %`.padStart(5);
}
