/** How a listener stops: every publisher gets its response, and no client can delay the stop. */
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/**
 * A client that sends on an idle connection just as it is closed never learns the result. A client that
 * publishes more often than this gets `Connection: close` and closes the connection itself.
 */
const DRAIN_MS = 250;
/** How often a stop looks for connections whose last request was answered. */
const IDLE_SWEEP_MS = 20;

/**
 * Node closes the connections that are idle when a stop begins. Those with a request in progress become idle
 * later, and a client would keep them open until keep-alive ends. Node then enforces no receive timeout
 * either, so a request that never ends has to be ended here.
 */
export async function closeApp(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await drain(app.server, Math.min(DRAIN_MS, graceMs));
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

/** Adds `Connection: close` to every response from now on. */
async function drain(server: Server, atMostMs: number): Promise<void> {
  server.prependListener("request", (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const until = performance.now() + atMostMs;
  while (performance.now() < until && (await countConnections(server)) > 0) {
    await sleep(IDLE_SWEEP_MS);
  }
}

/** Returns 0 for a server that never listened, too. */
function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}
