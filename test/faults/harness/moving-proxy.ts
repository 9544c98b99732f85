/**
 * The single address of a database whose primary changes, like an operator's virtual address or HAProxy. It
 * passes bytes to its target or refuses connections, and can be frozen.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export type MovingProxy = AsyncDisposable & {
  readonly port: number;
  /** Cuts all connections and sets the target. With null, new connections are refused. */
  pointTo(port: number | null): void;
  /** Keeps connections open and passes no byte, like a dead link. */
  freeze(): void;
  /** Passes the held-back bytes, and accepts new connections. */
  thaw(): void;
};

export async function startMovingProxy(first: number | null): Promise<MovingProxy> {
  let target = first;
  let isFrozen = false;
  const pairs = new Set<readonly [Socket, Socket]>();

  const server = createServer((client) => {
    // A refused client gets the close at once.
    if (target === null) return void client.destroy();
    const upstream = connect(target, "127.0.0.1");
    const pair = [client, upstream] as const;
    pairs.add(pair);
    pass(client, upstream, () => void pairs.delete(pair));
    pass(upstream, client, () => void pairs.delete(pair));
    if (isFrozen) pause(pair);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  function cutAll(): void {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  }
  return {
    port,
    pointTo(next) {
      target = next;
      cutAll();
    },
    freeze() {
      isFrozen = true;
      for (const pair of pairs) pause(pair);
    },
    thaw() {
      isFrozen = false;
      for (const [one, other] of pairs) {
        one.pipe(other);
        other.pipe(one);
      }
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
}

function pass(from: Socket, to: Socket, onEnd: () => void): void {
  from.setNoDelay(true);
  from.pipe(to);
  from.on("error", () => undefined);
  from.on("close", () => {
    to.destroy();
    onEnd();
  });
}

function pause([one, other]: readonly [Socket, Socket]): void {
  one.unpipe(other).pause();
  other.unpipe(one).pause();
}
