/** `hookline listen`: a receiver for a first trial, which prints each webhook and answers 200. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { styleText } from "node:util";
import { AppError } from "../core/error.ts";
import { stopRequest } from "./stop-request.ts";

const HOST = "127.0.0.1";

/** Runs until a stop is requested. Refuses with `invalid_field` when the port is unavailable. */
export async function listen({ port }: { readonly port: number }): Promise<number> {
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const line = [method, url, headers["hookline-event-type"]].flat().join(" ");
    void text(request).then(
      (body) => {
        console.log(`${styleText("bold", line.trimEnd())}\n${body}`);
        response.writeHead(200).end();
      },
      () => response.destroy(),
    );
  });
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (cause) {
    const code = String((cause as { code?: string }).code);
    throw new AppError(
      "invalid_field",
      `Cannot listen on ${HOST}:${port} (${code}): choose another port with --port.`,
      { cause },
    );
  }
  const { port: bound } = server.address() as AddressInfo;
  console.log(`Printing every request to http://${HOST}:${bound}/ (stop with Ctrl-C)`);
  await stopRequest();
  server.close();
  server.closeAllConnections();
  return 0;
}
