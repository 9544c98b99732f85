/** Sendblue's time format: UTC with milliseconds, `2026-05-06T04:00:00.000Z`. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
