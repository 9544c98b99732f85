/** Finds a member of a JSON text by its path, with the digits of numbers as they were sent (I8). */
import { sliceElements, sliceMember } from "./json-slice.ts";

const POSITION = /^(?:0|[1-9]\d{0,8})$/;

/**
 * The value at the path as text: a string without its quotes, and every other value as it stands. A position is
 * tried in a list. Undefined when the path leads nowhere.
 */
export function findField(text: string, path: readonly string[]): string | undefined {
  let value: string | undefined = text;
  for (const name of path) {
    const elements: string[] | undefined = POSITION.test(name) ? sliceElements(value) : undefined;
    value = elements === undefined ? sliceMember(value, name) : elements[Number(name)];
    if (value === undefined) return undefined;
  }
  return value.startsWith('"') ? (JSON.parse(value) as string) : value;
}

/** `payload` paths have dots between their names; null for a text that is no path. */
export function parseFieldPath(text: string): readonly string[] | null {
  const names = text.split(".");
  return names.some((name) => name === "") ? null : names;
}
