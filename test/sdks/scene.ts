/**
 * The parts of a story. Names, bodies and results are those of the API; `$name` is a saved value. Names of a
 * call are listed newest first, since releases renamed them.
 */
import type { PortalField } from "./releases.ts";

export type Expected =
  | string
  | number
  | boolean
  | null
  | { readonly not: string }
  | { readonly like: RegExp }
  | { readonly length: number };

export type Step = {
  readonly name: string;
  readonly call: readonly string[];
  readonly args?: readonly unknown[];
  readonly options?: Readonly<Record<string, unknown>>;
  /** The saved token to call with, such as `$reader`; the admin token by default. */
  readonly as?: string;
  /** Expected values by path within the result, such as `data.0.uid`. */
  readonly expect?: Readonly<Record<string, Expected>>;
  readonly save?: Readonly<Record<string, string>>;
  /** The status of the expected refusal. */
  readonly refused?: number;
  /** The name of an earlier step, without which this one cannot pass. */
  readonly after?: string;
  /** A field that this or an earlier step sends, and that some releases do not have. */
  readonly needs?: PortalField;
  /** Repeated until the expectation holds, for effects that follow an answer. */
  readonly eventually?: true;
};

/** The message must arrive at the path, with a signature that is valid for these secrets and no other. */
export type Receipt = {
  readonly name: string;
  readonly received: { readonly id: string; readonly path: string; readonly times?: number };
  /** Each of these secrets verifies the message. */
  readonly secrets: readonly string[];
  readonly body: string;
};

/** All pages of a list, with two items each, have this many items, and none twice. */
export type Pages = {
  readonly name: string;
  readonly pages: Pick<Step, "call" | "args">;
  readonly items: number;
};

/** A resource that is made without the SDK, because some releases have no call for it. */
export type Put = { readonly name: string; readonly put: string; readonly body: object };

export type Scene = Step | Receipt | Pages | Put;

/** The application, the event type and the endpoint of the story. */
export const APP = "$app";
export const TYPE = "$app.sent";
export const ENDPOINT = [APP, "$endpoint"];
