/** Messages between the main thread and the writer and reader threads. */
import type { LeaseRoom } from "../../queue/lease-room.ts";
import type { DecideSettings } from "../../../core/decide-types.ts";
import type { LimitValues } from "../../../core/limits.ts";
import type { Failpoint } from "../../failpoint.ts";
import type { CallWire } from "./call-wire.ts";
import type { Call } from "./group-commit.ts";
import type { ChangeNote } from "./after-commit.ts";
import type { ErrorWire } from "./thread-errors.ts";

export type WriterStart = {
  readonly path: string;
  readonly decide: DecideSettings;
  readonly leaseRoom: LeaseRoom;
  readonly limits: LimitValues;
  readonly failpoint: Failpoint | null;
};

/** One message per tick of the main thread, however many calls it made. */
export type WriterRequest = {
  /** The store's own clock at the time of sending. */
  readonly leaseNow: number;
  readonly calls: readonly CallWire[];
  /** Owners whose engines listen; sent when it changes. */
  readonly listening?: readonly string[];
  readonly close?: true;
};

export type AnswerWire =
  | readonly [id: number, ok: true, value: unknown]
  | readonly [id: number, ok: false, error: ErrorWire];

/** One message per group, after its commit. */
export type WriterReply =
  | {
      readonly kind: "group";
      readonly answers: readonly AnswerWire[];
      /** Endpoints with due work, by owner. */
      readonly due: readonly (readonly [owner: string, endpointIds: readonly string[]])[];
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
