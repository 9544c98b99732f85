/** The server as a whole: nodes, store, keys, settings and checks. */
import { keyFingerprint } from "../../core/crypto/encrypt.ts";
import { nodeOfOwner, parseNodeName } from "../../core/ids/node-name.ts";
import { SHARD_COUNT } from "../../store/interface/shards.ts";
import type { OperationContext } from "../context.ts";
import { keepFor } from "../keep-for.ts";
import { checkSystem, type SystemCheck } from "./check-system.ts";

/** The beginning distinguishes keys, and no key can be found by it. */
const FINGERPRINT_CHARACTERS = 12;

const KEPT_MS = 1_000;

type Looked = Awaited<ReturnType<typeof look>>;
const kept = new WeakMap<OperationContext["store"], () => Promise<Looked>>();

/** The store is asked at most once a second. The keys are those of now. */
export async function readSystem(context: OperationContext) {
  let lookAgain = kept.get(context.store);
  if (lookAgain === undefined) {
    lookAgain = keepFor(KEPT_MS, () => look(context));
    kept.set(context.store, lookAgain);
  }
  const { owners, gauges, database, isWritable, at } = await lookAgain();
  const { store, keys, node, settings } = context;
  const nodes = [...sumByNode(owners)].map(([name, shards]) => ({
    name,
    ...parseNodeName(name),
    shards,
    isThis: name === node.name,
  }));
  const facts = {
    at,
    version: settings.version,
    runtime: process.version,
    nodes: nodes.toSorted((a, b) => a.name.localeCompare(b.name)),
    shards: { owned: nodes.reduce((sum, one) => sum + one.shards, 0), all: SHARD_COUNT },
    storage: {
      kind: store.kind,
      database: database.version,
      schema: database.schema,
      bytes: gauges.storeBytes,
      freeBytes: database.freeBytes,
      retentionMs: settings.retentionMs,
      indexLagSeconds: gauges.unsealedSeconds,
    },
    encryption: {
      fingerprint: toShort(keys.current.key),
      // The ring keeps it after the change as well.
      previous: keys.isSettled || keys.previous === null ? null : toShort(keys.previous.key),
      isChanging: !keys.isSettled,
      isInFile: context.keyChange.begin !== null,
    },
    settings: node.settings,
  };
  const checks: readonly SystemCheck[] = checkSystem({
    ...facts,
    store: facts.storage,
    isWritable,
    clockOffsetMs: database.clockOffsetMs,
    publicUrl: settings.publicUrl,
  });
  return { ...facts, checks };
}

/** The shards of each node, over its sender threads. */
function sumByNode(
  owners: readonly { readonly owner: string; readonly shards: number }[],
): ReadonlyMap<string, number> {
  const nodes = new Map<string, number>();
  for (const { owner, shards } of owners) {
    const name = nodeOfOwner(owner);
    nodes.set(name, (nodes.get(name) ?? 0) + shards);
  }
  return nodes;
}

async function look(context: OperationContext) {
  const { store, health } = context;
  const [owners, gauges, database, isWritable] = await Promise.all([
    store.shards.owners(),
    store.upkeep.gauges(),
    readDatabase(context),
    health.check().then(
      () => true,
      () => false,
    ),
  ]);
  return { owners, gauges, database, isWritable, at: context.now() };
}

/** The offset of the database's clock is known to half of the time that the read took. */
async function readDatabase({ store, now }: OperationContext) {
  const before = now();
  const { at, ...rest } = await store.upkeep.describe();
  const after = now();
  const isBetween = at === null || (at >= before && at <= after);
  const clockOffsetMs = isBetween ? 0 : at < before ? before - at : at - after;
  return { ...rest, clockOffsetMs };
}

function toShort(key: Uint8Array): string {
  return keyFingerprint(key).slice(0, FINGERPRINT_CHARACTERS);
}
