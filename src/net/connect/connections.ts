/**
 * The open connections, kept for reuse by the same origin. Each carries one request at a time, so there is no
 * queue, and an origin without a connection leaves no state. The most recently used idle connection is taken
 * first, so the number kept follows recent concurrency. Idle connections are young, and a policy change drops
 * them. A connection is not reused if the receiver sends data without a request or breaks kept connections
 * during a request.
 */
import type { Socket } from "node:net";
import { createBrokenOrigins } from "./broken-origins.ts";
import type { Connector, ConnectTrace } from "./connect-types.ts";
import { createIdleConnections } from "./idle-connections.ts";
import { createSettling } from "./settling.ts";
import type { Origin } from "../policy/target.ts";

/** The exchange that currently uses a connection. It gets no call after `onBroken` or a drop. */
export type ConnectionUser = {
  /** Time limit of the connect phase, if the connection has to be opened first. */
  readonly connectLimitMs: number;
  onConnected(socket: Socket): void;
  /** A kept connection that was settling may carry the request now. */
  onSettled(): void;
  onConnectFailed(error: Error): void;
  onData(bytes: Buffer): void;
  /** The receiver closed (null) or the socket failed. The connection is dropped already. */
  onBroken(error: Error | null): void;
};

/** The times of its phases are fields of the connection itself, so that keeping them makes no object. */
export type Connection = Required<ConnectTrace> & {
  readonly origin: Origin;
  /** Undefined while the connection is being opened. */
  socket: Socket | undefined;
  user: ConnectionUser | undefined;
  cancelConnect: ((reason: Error) => void) | undefined;
  readonly openedAtMs: number;
  /** Number of exchanges that have used the connection. */
  requests: number;
  idleUntilMs: number;
  /** Whether the next request waits, since bytes behind the last response may still be unread. */
  isSettling: boolean;
  dropped: boolean;
};

export type Connections = {
  /**
   * Returns an idle connection or, with `fresh`, always a new one; undefined when the limit of open
   * connections is reached.
   */
  take(origin: Origin, user: ConnectionUser, fresh: boolean): Connection | undefined;
  /** Whether a connection to the origin may be used more than once. */
  mayKeep(origin: Origin): boolean;
  /** Returns a connection whose response was read completely; `keepAliveMs` is the receiver's hint. */
  keep(connection: Connection, keepAliveMs: number | null): void;
  /** Closes a connection at once, in any phase. */
  drop(connection: Connection): void;
  /** Records that a kept connection broke during a request. */
  noteBroken(origin: Origin): void;
  dropIdle(): void;
  /** Returns every connection that is open or being opened. */
  all(): Iterable<Connection>;
  size(): number;
  close(): Promise<void>;
};

const IDLE_LIMIT = 1024;
/** Beyond this number an origin closes its own idle connections first. */
const IDLE_SHARE_LIMIT = IDLE_LIMIT / 2;
const REQUESTS_LIMIT = 1000;
const AGE_LIMIT_MS = 60_000;
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MAX_MS = 10_000;
/** Connections are closed before the receiver's promised time, since its clock started earlier. */
const KEEP_ALIVE_MARGIN_MS = 2000;
const SWEEP_EVERY_MS = 1000;

const DROPPED = new Error("the connection was dropped");

export function createConnections(options: {
  readonly connect: Connector;
  readonly socketsLimit: number;
}): Connections {
  const open = new Set<Connection>();
  const idle = createIdleConnections<Connection>(IDLE_SHARE_LIMIT);
  const broken = createBrokenOrigins();
  const settle = createSettling();
  let sweep: NodeJS.Timeout | undefined;

  function openConnection(origin: Origin, user: ConnectionUser): Connection {
    const connection = createConnection(origin, user, drop);
    const done = (error: Error | null, socket: Socket | null): void => {
      connection.cancelConnect = undefined;
      const { user: waiting } = connection;
      if (socket === null) {
        drop(connection);
        waiting?.onConnectFailed(error ?? DROPPED);
        return;
      }
      attach(connection, socket, drop);
      waiting?.onConnected(socket);
    };
    const { connectLimitMs } = user;
    connection.cancelConnect = options.connect(origin, connectLimitMs, done, connection);
    open.add(connection);
    return connection;
  }

  function takeIdle(origin: Origin): Connection | undefined {
    const now = performance.now();
    for (;;) {
      // The most recent one first, so that surplus connections grow old and close.
      const connection = idle.newest(origin.poolKey);
      if (connection === undefined) return undefined;
      if (connection.idleUntilMs > now) {
        idle.remove(connection);
        return connection;
      }
      drop(connection);
    }
  }

  function drop(connection: Connection): void {
    if (connection.dropped) return;
    connection.dropped = true;
    connection.user = undefined;
    idle.remove(connection);
    open.delete(connection);
    connection.cancelConnect?.(DROPPED);
    connection.cancelConnect = undefined;
    connection.socket?.destroy();
  }

  function makeRoom(key: string): void {
    const oldest = idle.oldest(key);
    if (oldest !== undefined) drop(oldest);
  }

  function dropExpired(): void {
    const now = performance.now();
    for (const connection of idle.all()) if (connection.idleUntilMs <= now) drop(connection);
    if (idle.size() > 0) return;
    clearInterval(sweep);
    sweep = undefined;
  }

  return {
    take(origin, user, fresh) {
      const kept = fresh ? undefined : takeIdle(origin);
      if (kept !== undefined) {
        kept.user = user;
        kept.requests += 1;
        return kept;
      }
      if (open.size >= options.socketsLimit) makeRoom("");
      return open.size >= options.socketsLimit ? undefined : openConnection(origin, user);
    },
    mayKeep: (origin) => !broken.has(origin.poolKey),
    keep(connection, keepAliveMs) {
      if (connection.dropped) return;
      const { origin, requests, openedAtMs } = connection;
      const now = performance.now();
      const isWornOut = requests >= REQUESTS_LIMIT || now - openedAtMs > AGE_LIMIT_MS;
      const keptMs = keptFor(keepAliveMs);
      if (isWornOut || keptMs <= 0 || broken.has(origin.poolKey)) return drop(connection);
      if (idle.size() >= IDLE_LIMIT) makeRoom(origin.poolKey);
      connection.user = undefined;
      connection.idleUntilMs = now + keptMs;
      settle(connection);
      idle.add(connection);
      sweep ??= setInterval(dropExpired, SWEEP_EVERY_MS).unref();
    },
    drop,
    noteBroken(origin) {
      broken.note(origin.poolKey);
      if (!broken.has(origin.poolKey)) return;
      for (const connection of idle.allOf(origin.poolKey)) drop(connection);
    },
    dropIdle() {
      for (const connection of idle.all()) drop(connection);
    },
    all: () => open,
    size: () => open.size,
    async close() {
      const closed = Array.from(open, ({ socket }) => socket).filter(
        (socket) => socket !== undefined,
      );
      for (const connection of open) drop(connection);
      clearInterval(sweep);
      await Promise.all(closed.map(closedSocket));
    },
  };
}

function createConnection(
  origin: Origin,
  user: ConnectionUser,
  drop: (connection: Connection) => void,
): Connection {
  const connection: Connection = {
    origin,
    socket: undefined,
    user,
    cancelConnect: undefined,
    openedAtMs: performance.now(),
    requests: 1,
    idleUntilMs: 0,
    isSettling: false,
    dropped: false,
    beganAtMs: 0,
    resolvedAtMs: 0,
    connectedAtMs: 0,
    readyAtMs: 0,
    peer: "",
    onBytes(bytes) {
      // Data without a request would be taken for the response to the next one.
      if (connection.user === undefined) drop(connection);
      else connection.user.onData(bytes);
    },
  };
  return connection;
}

function attach(
  connection: Connection,
  socket: Socket,
  drop: (connection: Connection) => void,
): void {
  connection.socket = socket;
  const onBroken = (error: Error | null): void => {
    if (connection.dropped) return;
    const { user } = connection;
    drop(connection);
    user?.onBroken(error);
  };
  // Never called on a socket that is read directly.
  socket.on("data", connection.onBytes);
  socket.on("error", onBroken);
  socket.on("end", () => onBroken(null));
  socket.on("close", () => onBroken(null));
  // The socket of a proxy tunnel was read in another mode before.
  socket.resume();
}

function keptFor(keepAliveMs: number | null): number {
  if (keepAliveMs === null) return KEEP_ALIVE_MS;
  return Math.min(keepAliveMs - KEEP_ALIVE_MARGIN_MS, KEEP_ALIVE_MAX_MS);
}

function closedSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}
