/**
 * Calls about the server itself: whether it can accept events, the addresses of its deliveries, and its
 * metrics.
 */
import type { FastifyInstance } from "fastify";
import type { OperationContext } from "../operations/context.ts";
import { keepFor } from "../operations/keep-for.ts";
import { printMetrics } from "../telemetry/print-metrics.ts";
import { publishedEgress } from "./published-egress.ts";

const METRICS_KEPT_MS = 1_000;

/**
 * `/health` is 200 only while publishes can be stored, so that a load balancer sends publishers elsewhere.
 * `/health/live` is 200 while the event loop runs, since restarting a process repairs no database.
 */
export function mountStatus(
  app: FastifyInstance,
  context: OperationContext,
  options: { readonly withMetrics: boolean },
): void {
  app.get("/health", async (_request, reply) => {
    try {
      await context.health.check();
    } catch {
      return reply.code(503).header("retry-after", 5).send({ status: "store_unavailable" });
    }
    return { status: "ok" };
  });
  app.get("/health/live", () => ({ status: "ok" }));
  app.get("/egress.json", (_request, reply) => {
    const published = publishedEgress(context.settings.egressPublished, context.now());
    return reply.header("cache-control", "public, max-age=300").send(published);
  });
  const { telemetry } = context;
  if (telemetry === null || !options.withMetrics) return;
  const { metrics } = telemetry;
  const text = keepFor(METRICS_KEPT_MS, () => printMetrics(metrics));
  app.get("/metrics", async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await text());
  });
}
