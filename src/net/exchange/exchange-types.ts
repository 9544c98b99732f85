/** The parameters of one exchange, and its result. */
import type { Wire } from "../../core/delivery/attempt-detail.ts";
import type { Failed, ResponseHeaders } from "../../core/delivery/outcome.ts";
import type { Connections } from "../connect/connections.ts";
import type { Origin } from "../policy/target.ts";
import type { HttpRequest } from "./request-bytes.ts";

/** How much of a response body is read. */
export type BodyLimits = {
  readonly bytes: number;
  /** How long the body is awaited once the headers have arrived; never beyond the deadline. */
  readonly waitMs: number;
};

export type Exchanged = (
  | {
      readonly kind: "response";
      /** 200–999; interim 1xx responses are never passed on. */
      readonly status: number;
      readonly headers: ResponseHeaders;
      /** Whether the head is malformed: then only success or failure may be concluded from it. */
      readonly hasBrokenHead: boolean;
      /** At most as many bytes as were asked for. */
      readonly body: Buffer;
      /** `broken_off`: the receiver or the time limit ended the body early. */
      readonly bodyEnd: "whole" | "over_limit" | "broken_off";
      readonly durationMs: number;
    }
  | Omit<Failed, "wire">
) & {
  /** Whether a kept connection broke during the request and it was sent again on a new one. */
  readonly isResent: boolean;
  /** Null unless it was asked for. */
  readonly wire: Wire | null;
};

export type ExchangeOptions = {
  readonly connections: Connections;
  readonly origin: Origin;
  readonly request: Omit<HttpRequest, "host" | "keepsAlive">;
  /** Whether the request must have a new connection. */
  readonly isFresh: boolean;
  readonly deadlineMs: number;
  readonly bodyLimits: BodyLimits;
  readonly startedAtMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether headers, times and peer of an answer with this status are wanted; 0 for no answer. */
  readonly wantsWire: (status: number) => boolean;
  readonly resolve: (exchanged: Exchanged) => void;
};
