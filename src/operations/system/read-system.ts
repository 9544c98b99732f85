/** The server as a whole: nodes, store, keys, settings and checks. It is read at most once a second. */
import { keyFingerprint } from "../../core/crypto/encrypt.ts";
import { parseNodeName } from "../../core/ids/node-name.ts";
import { SHARD_COUNT } from "../../store/interface/shards.ts";
import { atMostOncePerSecond } from "../at-most-once-per-second.ts";
import type { OperationContext } from "../context.ts";
import { checkSystem, type SystemCheck } from "./check-system.ts";

export type System = Awaited<ReturnType<typeof makeSystem>>;

/** Enough to tell keys apart, and too little to find one. */
const FINGERPRINT_CHARACTERS = 12;

const kept = new WeakMap<OperationContext["store"], () => Promise<System>>();

export async function readSystem(context: OperationContext): Promise<System> {
  let read = kept.get(context.store);
  if (read === undefined) {
    read = atMostOncePerSecond(
      () => makeSystem(context),
      () => performance.now(),
    );
    kept.set(context.store, read);
  }
  return await read();
}

async function makeSystem(context: OperationContext) {
  const { store, keys, node, settings } = context;
  const [owners, gauges, database, isWritable] = await Promise.all([
    store.shards.owners(),
    store.upkeep.gauges(),
    readDatabase(context),
    context.health.check().then(
      () => true,
      () => false,
    ),
  ]);
  const nodes = owners.map(({ owner, shards }) => ({
    name: owner,
    ...parseNodeName(owner),
    shards,
    isThis: owner === node.name,
  }));
  const shards = { owned: nodes.reduce((sum, one) => sum + one.shards, 0), all: SHARD_COUNT };
  const facts = {
    at: context.now(),
    version: settings.version,
    runtime: process.version,
    nodes: nodes.toSorted((a, b) => a.name.localeCompare(b.name)),
    shards,
    store: {
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
      previous: keys.previous === null ? null : toShort(keys.previous.key),
      isChanging: !keys.isSettled,
      isInFile: context.keyChange.begin !== null,
    },
    settings: node.settings,
  };
  const checks: readonly SystemCheck[] = checkSystem({
    ...facts,
    isWritable,
    clockOffsetMs: database.clockOffsetMs,
    publicUrl: settings.publicUrl,
  });
  return { ...facts, checks };
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
