/** A time such as `2024-01-15T10:30:00.000Z`: events show milliseconds, resources whole seconds. */
export function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
