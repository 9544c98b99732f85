/**
 * The connections that are open, kept for reuse by the same origin. Each is an undici `Client`, which owns
 * one socket and one request at a time: there is never a queue to wait in, a connection can be
 * destroyed before its request is written, and nothing at all stays behind for an origin without
 * a connection. Idle ones are few, young, and closed oldest first; a policy change drops them.
 */
import { Client } from "undici";
import type { Connector } from "./connector.ts";
import type { Origin } from "./target.ts";

/** Whoever uses a connection right now. */
export type ConnectionUser = {
  /** For the connect phase, when the connection has to be opened first. */
  readonly connectLimitMs: number;
  /** The connection could not be opened. */
  onConnectFailed(error: Error): void;
  /** What broke the socket, before undici makes of it that the other side closed it. */
  onSocketError(error: Error): void;
};

export type Connection = {
  readonly client: Client;
  readonly origin: Origin;
  user: ConnectionUser | undefined;
  /** Set while the connection is being opened. */
  cancelConnect: ((reason: Error) => void) | undefined;
  readonly openedAtMs: number;
  requests: number;
  dropped: boolean;
};

export type Connections = {
  /** An idle connection or a new one; undefined when no more may be open. */
  take(origin: Origin, user: ConnectionUser): Connection | undefined;
  /** Gives back a connection whose last response was read to its end. */
  keep(connection: Connection): void;
  /** Closes a connection at once, in whatever phase it is. */
  drop(connection: Connection): void;
  dropIdle(): void;
  /** Every connection that is open or being opened. */
  all(): Iterable<Connection>;
  size(): number;
  close(): Promise<void>;
};

const IDLE_LIMIT = 1024;
const IDLE_PER_ORIGIN_LIMIT = 128;
const REQUESTS_LIMIT = 1000;
const AGE_LIMIT_MS = 60_000;
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MAX_MS = 10_000;
const HEADERS_LIMIT_BYTES = 16_384;

const DROPPED = new Error("the connection was dropped");

export function createConnections(options: {
  readonly connect: Connector;
  readonly socketsLimit: number;
}): Connections {
  const open = new Set<Connection>();
  /** In the order in which they became idle. */
  const idle = new Set<Connection>();
  const idleByKey = new Map<string, Connection[]>();

  function openConnection(origin: Origin, user: ConnectionUser): Connection {
    const client = new Client(origin.origin, {
      connect: (_options, callback) => {
        connection.cancelConnect = options.connect(
          origin,
          connection.user?.connectLimitMs ?? 0,
          (error, socket) => {
            connection.cancelConnect = undefined;
            if (socket !== null) {
              socket.once("error", (broken) => connection.user?.onSocketError(broken));
              return callback(null, socket);
            }
            const failure = error ?? DROPPED;
            // The user first: undici would keep the request and try again after some errors.
            connection.user?.onConnectFailed(failure);
            callback(failure, null);
          },
        );
      },
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      // The overall deadline of the exchange bounds every phase; these would only cost timers.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const connection: Connection = {
      client,
      origin,
      user,
      cancelConnect: undefined,
      openedAtMs: performance.now(),
      requests: 0,
      dropped: false,
    };
    // With a user, undici opens the connection anew: its request was not written yet.
    client.on("disconnect", () => {
      if (connection.user === undefined) drop(connection);
    });
    open.add(connection);
    return connection;
  }

  function takeIdle(origin: Origin): Connection | undefined {
    // The latest first, so that those not needed grow old and close.
    const connection = idleByKey.get(origin.poolKey)?.at(-1);
    if (connection !== undefined) removeIdle(connection);
    return connection;
  }

  function removeIdle(connection: Connection): void {
    if (!idle.delete(connection)) return;
    const key = connection.origin.poolKey;
    const stack = idleByKey.get(key);
    if (stack === undefined) return;
    if (stack.at(-1) === connection) stack.pop();
    else stack.splice(stack.indexOf(connection), 1);
    if (stack.length === 0) idleByKey.delete(key);
  }

  function drop(connection: Connection): void {
    if (connection.dropped) return;
    connection.dropped = true;
    connection.user = undefined;
    removeIdle(connection);
    open.delete(connection);
    connection.cancelConnect?.(DROPPED);
    connection.cancelConnect = undefined;
    connection.client.destroy(DROPPED, () => {});
  }

  function dropOldestIdle(): void {
    const oldest = idle.values().next().value;
    if (oldest !== undefined) drop(oldest);
  }

  return {
    take(origin, user) {
      const connection = takeIdle(origin);
      if (connection !== undefined) {
        connection.user = user;
        return connection;
      }
      if (open.size >= options.socketsLimit) dropOldestIdle();
      return open.size >= options.socketsLimit ? undefined : openConnection(origin, user);
    },
    keep(connection) {
      if (connection.dropped) return;
      connection.user = undefined;
      const isWornOut =
        connection.requests >= REQUESTS_LIMIT ||
        performance.now() - connection.openedAtMs > AGE_LIMIT_MS;
      const stack = idleByKey.get(connection.origin.poolKey);
      if (isWornOut || (stack?.length ?? 0) >= IDLE_PER_ORIGIN_LIMIT) return drop(connection);
      if (idle.size >= IDLE_LIMIT) dropOldestIdle();
      idle.add(connection);
      // The oldest may have been the last of this very origin.
      const current = idleByKey.get(connection.origin.poolKey);
      if (current === undefined) idleByKey.set(connection.origin.poolKey, [connection]);
      else current.push(connection);
    },
    drop,
    dropIdle() {
      for (const connection of idle) drop(connection);
    },
    all: () => open,
    size: () => open.size,
    async close() {
      const clients = Array.from(open, (connection) => connection.client);
      for (const connection of open) drop(connection);
      await Promise.all(clients.map((client) => client.destroy(DROPPED)));
    },
  };
}
