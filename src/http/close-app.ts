/** How a listener stops: nobody who publishes is to be left without an answer, and nobody may hold it. */
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/**
 * A client that sends on its idle connection just when that is closed never learns what came of it. Who
 * publishes more often than this is told to close the connection itself.
 */
const LEAVE_MS = 250;
/** How often a stop looks for connections whose last request was answered. */
const IDLE_SWEEP_MS = 20;

/**
 * Node closes the connections that are idle when a stop begins. Those that had a request under way
 * become idle later, and a client would keep them open for as long as keep-alive lasts. From then on
 * it keeps no receive timeout either, so a request that never ends has to be ended here.
 */
export async function closeApp(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await leave(app.server, Math.min(LEAVE_MS, graceMs));
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

/** Every answer from now on says `Connection: close`. */
async function leave(server: Server, atMostMs: number): Promise<void> {
  server.prependListener("request", (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const until = performance.now() + atMostMs;
  while (performance.now() < until && (await countConnections(server)) > 0) {
    await sleep(IDLE_SWEEP_MS);
  }
}

/** 0 also for a server that never listened. */
function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}
