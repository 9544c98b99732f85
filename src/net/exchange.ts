/**
 * One request and what comes of it. The exchange owns its connection and its one timer until it is
 * settled, and it is settled exactly once: by the end of the response, by as much of it as is
 * wanted, by an error, by the deadline or by being cancelled (I5). Whichever it is, once the final
 * headers are known the outcome is that response; what is wrong with the rest of the body is not
 * worth a repeat. undici's own timeouts bound no attempt (a receiver that drips resets them).
 */
import type { Dispatcher } from "undici";
import type { Failed, ResponseHeaders } from "../core/outcome.ts";
import type { Connection, Connections, ConnectionUser } from "./connections.ts";
import { foldError, NetError } from "./outcome.ts";

const CONNECT_LIMIT_MS = 3000;
/** What connecting leaves of the deadline for the request itself. */
const REQUEST_RESERVE_MS = 500;
const HEADER_VALUE_LIMIT = 1024;

/** How much of an answer's body is wanted. */
export type BodyLimits = {
  readonly bytes: number;
  /** How long it is waited for once the headers are in; never beyond the deadline. */
  readonly waitMs: number;
};

export type Exchanged =
  | {
      readonly kind: "response";
      /** 200–999; interim 1xx answers are never shown. */
      readonly status: number;
      readonly headers: ResponseHeaders;
      /** At most as much as was wanted. */
      readonly body: Buffer;
      /** `broken_off` by the receiver, or by the end of our patience. */
      readonly bodyEnd: "whole" | "over_limit" | "broken_off";
      readonly durationMs: number;
    }
  | Failed;

export type ExchangeOptions = {
  readonly connections: Connections;
  readonly deadlineMs: number;
  readonly bodyLimits: BodyLimits;
  readonly startedAtMs: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (exchanged: Exchanged) => void;
};

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

const NO_HEADERS: ResponseHeaders = {};
const NO_BODY = Buffer.alloc(0);

export class Exchange implements Dispatcher.DispatchHandler, ConnectionUser {
  readonly connectLimitMs: number;
  readonly #options: ExchangeOptions;
  #connection: Connection | undefined;
  #timer: NodeJS.Timeout;
  #isSettled = false;
  /** 0 until the final headers are in. */
  #status = 0;
  #headers = NO_HEADERS;
  #isReusable = true;
  #socketError: Error | undefined;
  #chunks: Buffer[] = [];
  #bodyBytes = 0;

  constructor(options: ExchangeOptions) {
    const { deadlineMs } = options;
    this.connectLimitMs = Math.min(
      CONNECT_LIMIT_MS,
      Math.max(deadlineMs - REQUEST_RESERVE_MS, Math.ceil(deadlineMs / 2)),
    );
    this.#options = options;
    this.#timer = setTimeout(expire, deadlineMs, this);
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Writes the request, on this connection. */
  start(connection: Connection, request: Dispatcher.DispatchOptions): void {
    this.#connection = connection;
    connection.requests += 1;
    connection.client.dispatch(request, this);
  }

  /** Ends the exchange with a failure, or with the response if its headers are in. */
  fail(error: unknown): void {
    if (this.#isSettled) return;
    if (this.#status === 0) this.#settle(foldError(error, this.#durationMs()), false);
    else this.#settleResponse("broken_off");
  }

  onDeadline(): void {
    const isConnecting = this.#connection?.cancelConnect !== undefined;
    const phase = isConnecting ? "no connection was made" : "no answer came";
    this.fail(new NetError("timeout", `${phase} within ${this.#options.deadlineMs} ms`));
  }

  onConnectFailed(error: Error): void {
    this.fail(error);
  }

  onSocketError(error: Error): void {
    this.#socketError ??= error;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number, headers: Headers): void {
    // Interim answers come through here too. They change nothing and extend no deadline.
    if (status < 200 || this.#isSettled) return;
    this.#status = status;
    this.#headers = pickHeaders(headers);
    const connectionHeader = headers["connection"];
    this.#isReusable = connectionHeader === undefined || !/close/i.test(String(connectionHeader));
    const { deadlineMs, startedAtMs, bodyLimits } = this.#options;
    if (deadlineMs - (performance.now() - startedAtMs) > bodyLimits.waitMs) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(expire, bodyLimits.waitMs, this);
    }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#chunks.push(chunk);
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > this.#options.bodyLimits.bytes) this.#settleResponse("over_limit");
  }

  onResponseEnd(): void {
    if (!this.#isSettled) this.#settleResponse("whole");
  }

  onResponseError(_controller: unknown, error: Error): void {
    // By TLS 1.3 a receiver may refuse us when the handshake is over already: an alert, and an end.
    this.fail(this.#socketError ?? error);
  }

  readonly #onAbort = (): void => {
    this.fail(new NetError("cancelled", "the attempt was called off"));
  };

  #settleResponse(bodyEnd: "whole" | "over_limit" | "broken_off"): void {
    const exchanged: Exchanged = {
      kind: "response",
      status: this.#status,
      headers: this.#headers,
      body: joined(this.#chunks, this.#bodyBytes).subarray(0, this.#options.bodyLimits.bytes),
      bodyEnd,
      durationMs: this.#durationMs(),
    };
    this.#settle(exchanged, bodyEnd === "whole" && this.#isReusable);
  }

  #settle(exchanged: Exchanged, keepConnection: boolean): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    const connection = this.#connection;
    this.#connection = undefined;
    this.#chunks = [];
    if (connection !== undefined) {
      if (keepConnection) this.#options.connections.keep(connection);
      else this.#options.connections.drop(connection);
    }
    this.#options.resolve(exchanged);
  }

  #durationMs(): number {
    return Math.round(performance.now() - this.#options.startedAtMs);
  }
}

function expire(exchange: Exchange): void {
  exchange.onDeadline();
}

function pickHeaders(headers: Headers): ResponseHeaders {
  const retryAfter = firstValue(headers["retry-after"]);
  const location = firstValue(headers["location"]);
  const contentType = firstValue(headers["content-type"]);
  return {
    ...(retryAfter === undefined ? undefined : { retryAfter }),
    ...(location === undefined ? undefined : { location }),
    ...(contentType === undefined ? undefined : { contentType }),
  };
}

function firstValue(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first?.slice(0, HEADER_VALUE_LIMIT);
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  if (bytes === 0) return NO_BODY;
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes);
}
