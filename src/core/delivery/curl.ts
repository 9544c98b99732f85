/** A request as a command for a POSIX shell. Every part is quoted, because tenants choose URLs, names and texts. */
export type ShellRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
};

export function toCurl({ method, url, headers, body }: ShellRequest): string {
  const lines = [
    `curl -X ${quote(method)} ${quote(url)}`,
    ...headers.map(({ name, value }) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body === null ? [] : [`--data-binary ${quote(body)}`]),
  ];
  return lines.join(" \\\n  ");
}

/** A shell reads every other character between single quotes as it is. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
