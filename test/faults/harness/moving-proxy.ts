/**
 * The one address of a database whose primary changes, as an operator's virtual address or HAProxy
 * is: it passes bytes to wherever it points, or to nobody, and can be made to pass none at all.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export type MovingProxy = AsyncDisposable & {
  readonly port: number;
  /** What was connected before is cut; null refuses whoever comes. */
  pointTo(port: number | null): void;
  /** Connections stay and nothing passes any more, as behind a dead link. */
  freeze(): void;
  /** What was held back goes on, and whoever comes is let through. */
  thaw(): void;
};

export async function startMovingProxy(first: number | null): Promise<MovingProxy> {
  let target = first;
  let isFrozen = false;
  const pairs = new Set<readonly [Socket, Socket]>();

  const server = createServer((client) => {
    // Whoever is refused hears of it at once.
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
