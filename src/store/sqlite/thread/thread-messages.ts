/** Messages between the main thread and the writer and reader threads, and between sender threads and the writer. */
import type { MessagePort } from "node:worker_threads";
import type { LeaseRoom } from "../../queue/lease-room.ts";
import type { DecideSettings } from "../../../core/decide-types.ts";
import type { LimitValues } from "../../../core/limits.ts";
import type { Failpoint } from "../../failpoint.ts";
import type { AnswerWire } from "../../thread/pending-calls.ts";
import type { CallWire } from "./call-wire.ts";
import type { Call } from "./group-commit.ts";
import type { ChangeNote } from "./after-commit.ts";
import type { LeasedWire } from "./leased-wire.ts";
import type { ErrorWire } from "../../thread/thread-errors.ts";

export type WriterStart = {
  readonly path: string;
  readonly decide: DecideSettings;
  readonly leaseRoom: LeaseRoom;
  readonly limits: LimitValues;
  readonly failpoint: Failpoint | null;
};

/** One message per tick of a thread, however many calls it made. */
export type WriterRequest = {
  /** The store's own clock at the time of sending; only of the main thread, by which leases are taken. */
  readonly leaseNow?: number;
  readonly calls: readonly CallWire[];
  /** Owners whose engines listen; sent when it changes. */
  readonly listening?: readonly string[];
  /** A sender thread calls the writer by this port from now on. */
  readonly join?: { readonly port: MessagePort; readonly client: number };
  readonly close?: true;
};

/** One message per group and thread, after its commit. */
export type WriterReply =
  | {
      readonly kind: "group";
      readonly answers: readonly AnswerWire[];
      /** Endpoints with due work, by owner. */
      readonly due: readonly (readonly [owner: string, endpointIds: readonly string[]])[];
      /** Deliveries of publishes that another thread made, for the owners of this one. */
      readonly leased?: readonly LeasedWire[];
      readonly changed: readonly ChangeNote[];
      readonly fatal: ErrorWire | null;
    }
  | { readonly kind: "ready" | "closed" }
  /** The refusal while the path does not name the open files; null once it does again. */
  | { readonly kind: "filesMoved"; readonly problem: ErrorWire | null }
  | { readonly kind: "failed"; readonly error: ErrorWire };

export type ReaderStart = { readonly path: string; readonly deadlineMs: number };
export type ReaderRequest = { readonly calls: readonly Call[] };
export type ReaderReply = { readonly answers: readonly AnswerWire[] };
