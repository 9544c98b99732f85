/**
 * One request and its result. The exchange owns its connection and its one timer until it is settled. It is
 * settled exactly once: by the end of the response, by the wanted part of it, by an error, by the deadline or
 * by cancellation (I5). Once the final head has arrived, the outcome is that response; a fault in the rest
 * only costs the connection.
 *
 *     take ──▶ connecting ──▶ written ──▶ head ──▶ body ──▶ settled
 *      ▲                         │
 *      └── a kept connection ────┘  broke before the first byte of a response: once more, on a new one
 */
import type { Socket } from "node:net";
import type { Wire } from "../../core/delivery/attempt-detail.ts";
import type { Connection, ConnectionUser } from "../connect/connections.ts";
import { toFailure, isBrokenOff, NetError } from "../outcome.ts";
import type { Exchanged, ExchangeOptions } from "./exchange-types.ts";
import type { ResponseHead } from "./parse-head.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { requestBytes } from "./request-bytes.ts";
import { createBodyReader } from "./response-body.ts";
import type { BodyReader } from "./response-body.ts";
import { HeadScanner } from "./response-head.ts";
import { toWire } from "./wire.ts";

const CONNECT_LIMIT_MS = 3000;
/** Part of the deadline that the connect phase leaves for the request. */
const REQUEST_RESERVE_MS = 500;
/**
 * A kept connection that breaks later than this may have broken while the receiver was processing the
 * request.
 */
const RESEND_WITHIN_MS = 1000;

const NO_BYTES = Buffer.alloc(0);

export class Exchange implements ConnectionUser {
  readonly connectLimitMs: number;
  readonly #options: ExchangeOptions;
  #connection: Connection | undefined;
  /** The latest connection, also after it was given up. */
  #used: Connection | undefined;
  #timer: NodeJS.Timeout;
  /** The bytes of the request until the socket has them. */
  #bytes: Buffer = NO_BYTES;
  #isSettled = false;
  #isResent = false;
  /** 0 until a byte of a response arrived. */
  #firstByteAtMs = 0;
  /** When the kernel took the last byte of the request, on a kept connection; Infinity until then. */
  #writtenAtMs = Infinity;
  #scanner: HeadScanner | undefined;
  #head: ResponseHead | undefined;
  #reader: BodyReader | undefined;
  readonly #body = new GrowingBytes();
  #onAbort: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    const { deadlineMs } = options;
    this.connectLimitMs = Math.min(
      CONNECT_LIMIT_MS,
      Math.max(deadlineMs - REQUEST_RESERVE_MS, Math.ceil(deadlineMs / 2)),
    );
    this.#options = options;
    this.#timer = setTimeout(expire, deadlineMs, this);
    // Functions of each exchange are made only where they are needed.
    if (options.signal === undefined) return;
    this.#onAbort = () => this.fail(new NetError("cancelled", "the attempt was cancelled"));
    options.signal.addEventListener("abort", this.#onAbort);
  }

  start(): void {
    this.#begin(this.#options.isFresh);
  }

  /** Ends the exchange with a failure, or with the response if its head has arrived. */
  fail(error: unknown): void {
    if (this.#isSettled) return;
    if (this.#head !== undefined) return this.#settleResponse(this.#head, "broken_off");
    const failure = toFailure(error, this.#durationMs());
    this.#settle({ ...failure, isResent: this.#isResent, wire: this.#wire(null) }, null);
  }

  onDeadline(): void {
    const phase =
      this.#connection?.socket === undefined
        ? "no connection was established"
        : "the receiver did not respond";
    this.fail(new NetError("timeout", `${phase} within ${this.#options.deadlineMs} ms`));
  }

  onConnectFailed(error: Error): void {
    this.#connection = undefined;
    this.fail(error);
  }

  onConnected(socket: Socket): void {
    this.#write(socket, false);
  }

  onSettled(): void {
    const socket = this.#connection?.socket;
    if (socket !== undefined) this.#write(socket, true);
  }

  onData(bytes: Buffer): void {
    if (this.#isUnwritten()) return this.#beginAfresh();
    if (this.#firstByteAtMs === 0) this.#firstByteAtMs = performance.now();
    if (this.#reader !== undefined) return this.#read(this.#reader, bytes);
    this.#scanner ??= new HeadScanner();
    const scan = this.#scanner.push(bytes);
    if (scan.kind === "more") return;
    if (scan.kind === "failed") return this.fail(new NetError(scan.reason, scan.detail));
    this.#head = scan.head;
    this.#scanner = undefined;
    this.#read(createBodyReader(scan.head.framing), scan.rest);
    if (!this.#isSettled) this.#awaitBody();
  }

  onBroken(error: Error | null): void {
    const connection = this.#connection;
    if (this.#isUnwritten()) return this.#beginAfresh();
    this.#connection = undefined;
    if (this.#head !== undefined) {
      const isWhole = error === null && this.#reader?.atClose() === "whole";
      return this.#settleResponse(this.#head, isWhole ? "whole" : "broken_off");
    }
    const cutHead = error === null ? this.#scanner?.end() : undefined;
    if (cutHead !== undefined) return this.#settleResponse(cutHead, "broken_off");
    if (connection !== undefined && this.#mayResend(connection, error)) {
      this.#isResent = true;
      this.#options.connections.noteBroken(connection.origin);
      return this.#begin(true);
    }
    this.fail(
      error ?? new NetError("reset", "the receiver closed the connection without a response"),
    );
  }

  #begin(isFresh: boolean): void {
    const { connections, origin, request } = this.#options;
    try {
      // The request is built before connecting, since an invalid one needs no connection.
      const keepsAlive = connections.mayKeep(origin);
      this.#bytes = requestBytes({ ...request, host: origin.hostHeader, keepsAlive });
      const connection = connections.take(origin, this, isFresh);
      if (connection === undefined) {
        throw new NetError("internal", "too many connections are open");
      }
      this.#connection = connection;
      this.#used = connection;
      if (!connection.isSettling) this.onSettled();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Takes a new connection: the kept one ended, or had surplus bytes, before a byte was written. */
  #beginAfresh(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#options.connections.drop(connection);
    this.#begin(true);
  }

  #isUnwritten(): boolean {
    return this.#bytes.length > 0;
  }

  #write(socket: Socket, isKept: boolean): void {
    const bytes = this.#bytes;
    this.#bytes = NO_BYTES;
    socket.write(bytes);
    if (!isKept) return;
    // The kernel mostly takes a request at once; a callback for it would cost another turn of the loop.
    if (socket.writableLength === 0) this.#noteWritten();
    else socket.write(NO_BYTES, () => this.#noteWritten());
  }

  #noteWritten(): void {
    this.#writtenAtMs = performance.now();
  }

  /**
   * Repeats only a request that was surely not processed: the receiver may still be working on the first one.
   */
  #mayResend(connection: Connection, error: Error | null): boolean {
    if (this.#isResent || this.#firstByteAtMs > 0 || connection.requests < 2) return false;
    if (error !== null && !isBrokenOff(error)) return false;
    return performance.now() - this.#writtenAtMs < RESEND_WITHIN_MS;
  }

  /** Most bodies arrive with their head and need no second timer. */
  #awaitBody(): void {
    const { deadlineMs, startedAtMs, bodyLimits } = this.#options;
    if (deadlineMs - (performance.now() - startedAtMs) <= bodyLimits.waitMs) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(expire, bodyLimits.waitMs, this);
  }

  #read(reader: BodyReader, bytes: Buffer): void {
    this.#reader = reader;
    const head = this.#head;
    if (head === undefined) return;
    const step = reader.push(bytes, this.#body);
    if (this.#body.length > this.#options.bodyLimits.bytes) {
      return this.#settleResponse(head, "over_limit");
    }
    if (step === "whole") this.#settleResponse(head, "whole");
    else if (step === "broken") this.#settleResponse(head, "broken_off");
  }

  #settleResponse(head: ResponseHead, bodyEnd: "whole" | "over_limit" | "broken_off"): void {
    const exchanged: Exchanged = {
      kind: "response",
      status: head.status,
      headers: head.headers,
      hasBrokenHead: head.isBroken,
      body: this.#body.view(this.#options.bodyLimits.bytes),
      bodyEnd,
      durationMs: this.#durationMs(),
      isResent: this.#isResent,
      wire: this.#wire(head),
    };
    const isReusable =
      bodyEnd === "whole" &&
      head.staysOpen &&
      this.#reader?.isTainted === false &&
      this.#isWritten();
    this.#settle(exchanged, isReusable ? head : null);
  }

  /**
   * Settles the exchange. `kept` is the head of a response after which the connection may carry another
   * request.
   */
  #settle(exchanged: Exchanged, kept: ResponseHead | null): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) {
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
    }
    const connection = this.#connection;
    this.#connection = undefined;
    this.#scanner = undefined;
    this.#reader = undefined;
    if (connection !== undefined) {
      if (kept === null) this.#options.connections.drop(connection);
      else this.#options.connections.keep(connection, kept.keepAliveMs);
    }
    this.#options.resolve(exchanged);
  }

  /**
   * A response may arrive before the whole request was written; the remaining bytes would be read as the next
   * request.
   */
  #isWritten(): boolean {
    return this.#connection?.socket?.writableLength === 0;
  }

  #wire(head: ResponseHead | null): Wire | null {
    const { wantsWire, startedAtMs, request } = this.#options;
    if (!wantsWire(head?.status ?? 0)) return null;
    const times = { startedAtMs, firstByteAtMs: this.#firstByteAtMs };
    return toWire({ head, sent: request.headers, connection: this.#used, ...times });
  }

  #durationMs(): number {
    return Math.round(performance.now() - this.#options.startedAtMs);
  }
}

function expire(exchange: Exchange): void {
  exchange.onDeadline();
}
