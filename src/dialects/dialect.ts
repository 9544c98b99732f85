/**
 * A dialect is one API: the calls of publishers and consumers, and the form in which an event is delivered.
 * Each has a separate folder and is mounted as one Fastify scope with a separate error envelope. It
 * translates and decides nothing: rules are in `core/` and `operations/`. It must not know the engine, the
 * network or another dialect.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { AppError, ErrorCode } from "../core/error.ts";
import type { Rendered } from "../core/events/rendered.ts";
import type { OperatorRole } from "../core/operator-role.ts";
import type { Capability } from "../core/portal/capabilities.ts";
import type { Dialect as DialectName, Snapshot } from "../core/snapshot.ts";
import type { Endpoint, OperationContext } from "../operations/context.ts";
import type { ApiDocument } from "./api-document.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Marks a call that adds to a collection, whose path may end in a slash. */
    readonly creates?: boolean;
    /** Marks a call that needs no credentials. */
    readonly isOpen?: boolean;
    /** The capability that a portal token needs. Without one, no portal token is accepted. */
    readonly portal?: Capability | null;
    /** The id of the call, for the records of refusals. */
    readonly callId?: string;
    /** Marks a call that publishes. */
    readonly publishes?: boolean;
    /** The refusal of a body beyond the route's limit; absent where the limit has no row of the table. */
    readonly bodyTooLarge?: () => AppError;
    /** The role that an operator key needs. */
    readonly operator?: OperatorRole;
    /** Marks a call whose answer lasts for as long as the client wants; it has separate limits. */
    readonly isStream?: boolean;
  }
  interface FastifyRequest {
    /** The client's address for rate limits. Null when the request does not show it. */
    readonly source: string | null;
  }
}

/** Options of a route that adds to a named collection. */
export const CREATES = { config: { creates: true } } as const;

/** The answer of a dialect to one error code. `word` is the dialect's name for it. */
export type ErrorAnswer = { readonly status: number; readonly word: string };

/** An operator's choices for the wire formats. The rows are in `config/settings.ts`. */
export type DialectSettings = {
  readonly zipwhipErrorStatus: "200" | "http";
  readonly zipwhipUserAgent: "hookline" | "documented";
};

export type Dialect = {
  readonly name: DialectName;
  /**
   * Path prefixes of the dialect. An unknown path below them is answered in its envelope; the longest prefix
   * counts.
   */
  readonly prefixes: readonly string[];
  /**
   * Whether pages of other origins may call it: true when all its credentials are headers that a page sets.
   */
  readonly openToPages?: true;
  /** Adds the routes. They throw `AppError`, which `sendError` answers. */
  mount(scope: FastifyInstance, context: OperationContext): void;
  /** Total over `ErrorCode`, so a new code does not compile until every dialect answers it. */
  readonly errors: Readonly<Record<ErrorCode, ErrorAnswer>>;
  /** `requestId` is shown with internal errors, so that an operator can find them in the log. */
  sendError(reply: FastifyReply, error: AppError, requestId: string): FastifyReply;
  /**
   * The webhook of an event for one endpoint, pure: equal input gives equal bytes (I2). `webhookIndex` is one
   * of those that `listWebhooks` returned for the event. Refuses with `internal` an event type that this
   * dialect never sends; matching selects none of those.
   */
  render(snapshot: Snapshot, endpoint: RenderedFor, webhookIndex: number): Rendered;
  /** Calls and webhooks as data, from which the OpenAPI and Postman documents are built. */
  readonly document: ApiDocument;
  /** Normalises a path before routing, for APIs that ignore letter case. */
  rewritePath?(path: string): string;
};

/** The fields of an endpoint that a renderer may read. A change of URL or secret affects none of them. */
export type RenderedFor = Pick<
  Endpoint,
  "endpointId" | "dialect" | "eventTypes" | "method" | "dialectOptions"
>;
