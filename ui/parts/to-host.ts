/** The host and the path of a URL, which is how people name an endpoint. */
export function toHost(url: string): string {
  if (!URL.canParse(url)) return url;
  const { host, pathname } = new URL(url);
  return pathname === "/" ? host : host + pathname;
}
