/**
 * Pollers: filtered views of an application's feed, for receivers without a public address. Nothing is sent to a
 * poller. Each of its consumers has a durable cursor.
 */
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import type { Page, PageRequest } from "../page.ts";

export type Poller = {
  readonly id: string;
  readonly appId: string;
  /** Unique among the pollers of the app. */
  readonly uid: string | null;
  readonly isEnabled: boolean;
  /** Null selects every type. */
  readonly eventTypes: readonly string[] | null;
  /** Null selects events with any channels, or without one. */
  readonly channels: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** The cursor behind the events that were accepted before the poller was created. */
  readonly startCursor: string;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type PollerFields = Pick<
  Poller,
  "uid" | "isEnabled" | "eventTypes" | "channels" | "metadata"
>;

/** The state of one consumer. Cursors are those of the feed. */
export type Consumer = {
  /** Where its last poll began, and the next poll without a cursor begins. */
  readonly cursor: string;
  /** The cursor that its last poll returned; null before the first one. */
  readonly nextCursor: string | null;
  /** Events accepted before this instant are left out; null without a bound. */
  readonly since: number | null;
};

export interface PollerStore {
  /**
   * Null when the app is unknown. Refuses with `conflict` a uid that another poller of the app has, and with
   * `limit_reached` one poller more than the app may have.
   */
  create(p: {
    appRef: string;
    poller: Omit<Poller, "appId" | "startCursor">;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<Poller> | null>;
  /** `ref` is an id or a uid. */
  get(p: { appRef: string; ref: string }): Promise<Poller | null>;
  /** Null when the app is unknown. */
  list(p: PageRequest & { appRef: string }): Promise<Page<Poller> | null>;
  /** Changes only the given fields. Null when unknown; `conflict` when another poller has the uid. */
  update(p: {
    appRef: string;
    ref: string;
    change: Partial<PollerFields>;
    now: number;
  }): Promise<Poller | null>;
  /** Deletes its consumers too. False when unknown. */
  delete(p: { appRef: string; ref: string }): Promise<boolean>;
  /** Null when the consumer has never polled, or the poller is unknown. */
  consumer(p: { appRef: string; pollerId: string; consumer: string }): Promise<Consumer | null>;
  /**
   * Replaces the state of a consumer, only while it is `before`; null creates the consumer, and undefined replaces
   * any state. False when another call has changed it, or the poller is gone. Refuses with `limit_reached` one
   * consumer more than the app may have.
   */
  moveConsumer(p: {
    appRef: string;
    pollerId: string;
    consumer: string;
    before?: Consumer | null;
    after: Consumer;
    now: number;
  }): Promise<boolean>;
  /** The cursor before the oldest event of the app; null when the app is unknown. */
  oldestCursor(p: { appRef: string }): Promise<string | null>;
}
