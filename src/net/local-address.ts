/** Whether connections can leave from an address, told before the first one fails by it. */
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * The problem with it, or null. It is bound once, which is the only sure way to know: the list of
 * interfaces names 127.0.0.1 alone, and Linux takes all of 127.0.0.0/8.
 */
export async function checkLocalAddress(address: string): Promise<string | null> {
  const server = createServer();
  try {
    server.listen({ host: address, port: 0, exclusive: true });
    await once(server, "listening");
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return `it must be an address of this machine${code}`;
  } finally {
    server.close();
  }
}
