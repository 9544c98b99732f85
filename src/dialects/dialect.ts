/**
 * A dialect is one wire API: how publishers and consumers talk to us, and how an event looks when it
 * is delivered. Each is an island in a folder of its own, mounted as one Fastify scope with its own
 * error envelope. It translates and decides nothing: rules are in `core/` and `operations/`. It must
 * not know the engine, the network or another dialect.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { AppError, ErrorCode } from "../core/error.ts";
import type { Rendered } from "../core/rendered.ts";
import type { Dialect as DialectName, Snapshot } from "../core/snapshot.ts";
import type { Endpoint, OperationContext } from "../operations/context.ts";
import type { ApiDocument } from "./api-document.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The call adds to a collection, so its path may end in a slash. */
    readonly creates?: boolean;
  }
  interface FastifyRequest {
    /** The client's address, as limits count it; null when the request does not show it. */
    readonly source: string | null;
  }
}

/** Options of a route that adds to a collection of a named thing. */
export const CREATES = { config: { creates: true } } as const;

/** How a dialect answers one error code; `word` is the dialect's own name for it. */
export type ErrorAnswer = { readonly status: number; readonly word: string };

/** What an operator may choose about the wire forms; the rows are in `config/settings.ts`. */
export type DialectSettings = {
  readonly zipwhipErrorStatus: "200" | "http";
  readonly zipwhipUserAgent: "hookline" | "documented";
};

export type Dialect = {
  readonly name: DialectName;
  /** An unknown path below these is answered in its envelope; the longest prefix counts. */
  readonly prefixes: readonly string[];
  /** Whether pages of other origins may call it: all its credentials are headers that a page sets. */
  readonly openToPages?: true;
  /** Adds its routes; they throw `AppError`, which comes back through `sendError`. */
  mount(scope: FastifyInstance, context: OperationContext): void;
  /** Total over `ErrorCode`, so a new code does not compile until every dialect answers it. */
  readonly errors: Readonly<Record<ErrorCode, ErrorAnswer>>;
  /** `requestId` is shown with bugs of ours, so that an operator can find them in the log. */
  sendError(reply: FastifyReply, error: AppError, requestId: string): FastifyReply;
  /**
   * The webhook of an event for one endpoint, pure: equal input gives equal bytes (I2). `webhookIndex`
   * counts the webhooks that the dialect makes of one event. Refuses with `internal` an event type
   * that this dialect never sends; matching asks for none of those.
   */
  render(snapshot: Snapshot, endpoint: RenderedFor, webhookIndex: number): Rendered;
  /** Its calls and webhooks as data, from which its OpenAPI and Postman documents are made. */
  readonly document: ApiDocument;
  /** Paths as they are routed, for APIs that never cared about letter case. */
  rewritePath?(path: string): string;
};

/** What of an endpoint a renderer may read: nothing that a change of address or secret touches. */
export type RenderedFor = Pick<
  Endpoint,
  "endpointId" | "dialect" | "eventTypes" | "method" | "dialectOptions"
>;
