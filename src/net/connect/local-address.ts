/** Checks before the first connection whether connections can leave from a local address. */
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Returns the problem with the address, or null. It is bound once, the only sure test: the list of interfaces
 * shows only 127.0.0.1, and Linux accepts all of 127.0.0.0/8.
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
