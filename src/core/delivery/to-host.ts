/** The host and the path of a URL, which is how people name an endpoint. The rest may have secrets. */
export function toHost(url: string): string {
  if (!URL.canParse(url)) return url;
  const { host, pathname } = new URL(url);
  return pathname === "/" ? host : host + pathname;
}
