/**
 * The latest refusals of this node, in memory: publishes, and calls without the right. Each list has a fixed
 * size, so strangers can fill it and nothing else. No entry has a body or a value of a field.
 */
import type { ActorKind } from "../store/interface/audit.ts";

/** Entries of each list. */
export const MOST_REFUSALS = 1_000;
const MOST_CHARACTERS = 256;

type Refusal = {
  /** Its order among the refusals of this node. */
  readonly id: string;
  readonly at: number;
  readonly requestId: string;
  /** The call's id. */
  readonly verb: string;
  /** The id of the credential. */
  readonly actorId: string;
  /** The application as the path names it; null when it names none. */
  readonly app: string | null;
};

export type RefusedPublish = Refusal & {
  readonly code: string;
  /** The first field that was refused, such as `eventType`. */
  readonly field: string | null;
};

export type RefusedRight = Refusal & {
  readonly actorKind: ActorKind;
  readonly actorName: string | null;
  readonly source: string | null;
};

export type RefusalLog<T extends Refusal> = {
  add(refusal: Omit<T, "id">): void;
  /** Newest first. */
  list(): readonly T[];
};

export type Refusals = {
  readonly publishes: RefusalLog<RefusedPublish>;
  readonly rights: RefusalLog<RefusedRight>;
};

export function createRefusals(): Refusals {
  return { publishes: createLog<RefusedPublish>(), rights: createLog<RefusedRight>() };
}

function createLog<T extends Refusal>(): RefusalLog<T> {
  const kept: T[] = [];
  let count = 0;
  return {
    add(refusal) {
      const { app } = refusal;
      const id = String(count + 1);
      kept[count % MOST_REFUSALS] = {
        ...refusal,
        id,
        app: app === null ? null : app.slice(0, MOST_CHARACTERS),
      } as T;
      count += 1;
    },
    list() {
      const size = Math.min(count, MOST_REFUSALS);
      return Array.from(
        { length: size },
        (_, index) => kept[(count - 1 - index) % MOST_REFUSALS] as T,
      );
    },
  };
}
