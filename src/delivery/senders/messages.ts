/** Messages between the main thread and a sender thread. They have one order in each direction. */
import type { KeyRing } from "../../core/crypto/key-ring.ts";
import type { LiveCount, LiveNotice } from "../../core/live/notice.ts";
import { createSharedWants } from "../../core/live/wanted.ts";
import type { OwnerAccess, OwnerCall, OwnerReply } from "../../store/thread/owner-messages.ts";
import type { ThreadMetrics } from "../../telemetry/print-metrics.ts";
import type { EngineLimits } from "../engine-options.ts";
import { createSharedRates } from "../limits/app-rates.ts";
import { createSharedDayBytes } from "../limits/stored-answer-bytes.ts";

/** Memory that the threads of a node share. */
export type SharedMemory = {
  readonly appRates: SharedArrayBuffer;
  readonly storedAnswers: SharedArrayBuffer;
  /** The notices that the live stream wants. */
  readonly liveWants: SharedArrayBuffer;
  /** One number: characters of log lines that the main thread has not written yet. */
  readonly logged: SharedArrayBuffer;
};

export function createMemory(): SharedMemory {
  return {
    appRates: createSharedRates(),
    storedAnswers: createSharedDayBytes(),
    liveWants: createSharedWants(),
    logged: new SharedArrayBuffer(4),
  };
}

/** A sender thread begins with this, and with the settings. */
export type SenderStart = {
  readonly owner: string;
  readonly siblings: readonly string[];
  readonly limits: Partial<EngineLimits>;
  readonly keys: KeyRing;
  readonly access: OwnerAccess;
  readonly memory: SharedMemory;
};

export type ToSender =
  | { readonly kind: "store"; readonly reply: OwnerReply }
  | { readonly kind: "keys"; readonly ring: KeyRing }
  | { readonly kind: "count" }
  | { readonly kind: "stop"; readonly graceMs: number };

export type FromSender =
  | { readonly kind: "store"; readonly calls: readonly OwnerCall[] }
  | { readonly kind: "started" | "stopped" }
  | { readonly kind: "counted"; readonly metrics: ThreadMetrics }
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  | { readonly kind: "notices"; readonly notices: readonly (LiveNotice | LiveCount)[] };
