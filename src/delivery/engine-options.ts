/** The engine's dependencies, and the limits of everything that it keeps in memory (I5). */
import type { PolicySettings } from "../core/delivery/delivery-policy.ts";
import { LIMITS } from "../core/limits.ts";
import type { IdSource } from "../core/ids/ids.ts";
import type { KeyRing } from "../core/crypto/key-ring.ts";
import type { LiveTap } from "../core/live/notice.ts";
import type { SignatureHeaders } from "../core/crypto/signature-headers.ts";
import type { Sender } from "../net/send.ts";
import type { LeaseRoom } from "../store/queue/lease-room.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { Render } from "./attempt/attempt.ts";
import type { Clock } from "./loops/clock.ts";
import type { LaneLimits } from "./lane/lane-limits.ts";
import type { AppRates } from "./limits/app-rates.ts";
import type { StoredAnswerBytes } from "./limits/stored-answer-bytes.ts";
import type { AnswerKeep } from "./attempt/stored-answer.ts";

export type EngineLimits = LaneLimits & {
  /** Maximum number of attempts in flight. */
  readonly inFlight: number;
  /** Outcomes that wait for the store; beyond this number the lanes stop sending. */
  readonly unrecorded: number;
  /** Maximum number of shards that this node takes. */
  readonly shards: number;
  readonly leaseMs: number;
  /** Deliveries per second that one replay makes due. */
  readonly replayedPerSecond: number;
};

/** The dependencies of one owner of shards, which sends and records. */
export type SendingOptions = {
  readonly store: Pick<Store, "queue" | "shards"> & {
    readonly endpoints: Pick<Store["endpoints"], "forSending" | "update">;
  };
  readonly sender: Pick<Sender, "send">;
  readonly render: Render;
  /** Decrypts the secrets and headers of endpoints. */
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly telemetry: Telemetry;
  /** Name of this node among the owners of shards; different after every start. */
  readonly owner: string;
  /** The owners of all sender threads of this process, which start and end together; absent without threads. */
  readonly siblings?: readonly string[];
  /** Version of the program, for the user agent. */
  readonly version: string;
  readonly settings: PolicySettings & AnswerKeep & { readonly signatureHeaders: SignatureHeaders };
  readonly limits?: Partial<EngineLimits>;
  readonly storedAnswers: StoredAnswerBytes;
  /** Rates of applications; a sender thread shares them with its siblings. */
  readonly appRates?: AppRates;
  /** The live stream gets attempts after their commits; absent without one. */
  readonly live?: LiveTap;
  /** Called at named points, for fault tests: `after-send-before-record`. */
  readonly failpoint?: (name: string) => void;
};

/** The dependencies of the work that a node does once, however many of its threads send. */
export type UpkeepOptions = {
  readonly store: Pick<Store, "queue" | "upkeep" | "jobs" | "fanOuts" | "series">;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: { readonly retentionMs: number; readonly dedupeWindowMs: number };
  readonly limits?: Partial<EngineLimits>;
};

export type EngineOptions = SendingOptions & UpkeepOptions;

export const ENGINE_LIMITS: EngineLimits = {
  inFlight: LIMITS.attemptsInFlight.value,
  mostAtOnce: LIMITS.attemptsInFlightOfEndpoint.value,
  leaseRoom: LIMITS.leasesOfEndpoint.value,
  leased: LIMITS.leases.value,
  leasedBytes: LIMITS.leasedBytes.value,
  idleLanes: 2048,
  unrecorded: 1024,
  shards: 256,
  leaseMs: 15_000,
  replayedPerSecond: 200,
};

export function limitsWith(given: Partial<EngineLimits> | undefined): EngineLimits {
  return { ...ENGINE_LIMITS, ...given };
}

/** The store counts the leases by the same numbers as the lanes. */
export function toLeaseRoom({ leaseRoom, leased, leasedBytes }: LaneLimits): LeaseRoom {
  return { endpoint: leaseRoom, all: leased, bytes: leasedBytes };
}
