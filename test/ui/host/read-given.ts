/** The values that a test gives to a page of the host: JSON in the fragment of its address. */
export function readGiven<T>(): T {
  return JSON.parse(decodeURIComponent(location.hash.slice(1))) as T;
}
