/**
 * A proxy between the nodes and PostgreSQL that cuts connections at the worst moment: at a COMMIT. After a
 * cut before it, the server never gets the COMMIT. After a cut behind it, the node never gets the answer. The
 * node cannot distinguish the two.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { reset } from "../../harness/reset.ts";
import { createIdSources } from "../../harness/seed.ts";

const draws = createIdSources("commit-proxy");

export type CommitProxy = AsyncDisposable & {
  readonly port: number;
  /** Sets the share of COMMITs that are cut, half of them before and half after. */
  cutCommits(share: number): void;
  /** Cuts all connections in any state. */
  cutAll(): void;
  readonly cuts: { before: number; after: number };
};

/** A simple query in PostgreSQL's protocol: its letter, its length, its text and a zero. */
const COMMIT = Buffer.from("Q\0\0\0\x0bCOMMIT\0", "latin1");

export async function startCommitProxy(to: number): Promise<CommitProxy> {
  const cuts = { before: 0, after: 0 };
  const pairs = new Set<() => void>();
  let cutShare = 0;

  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    let isAnswerCut = false;
    const cut = (): void => {
      if (!pairs.delete(cut)) return;
      reset(client);
      reset(upstream);
    };
    pairs.add(cut);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", cut);
    }
    client.on("data", (bytes: Buffer) => {
      if (bytes.includes(COMMIT) && draws.chance(cutShare)) {
        if (draws.chance(0.5)) {
          cuts.before += 1;
          return cut();
        }
        isAnswerCut = true;
      }
      send(upstream, bytes, client);
    });
    upstream.on("data", (bytes: Buffer) => {
      if (!isAnswerCut) return send(client, bytes, upstream);
      cuts.after += 1;
      cut();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  function cutAll(): void {
    for (const cut of pairs) cut();
  }
  return {
    port,
    cuts,
    cutCommits(share) {
      cutShare = share;
    },
    cutAll,
    async [Symbol.asyncDispose]() {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
}

function send(to: Socket, bytes: Buffer, from: Socket): void {
  if (to.write(bytes)) return;
  from.pause();
  to.once("drain", () => from.resume());
}
