/** A canonical event type is one value: its meaning, the schema of its payload, an example, and its facts. */
import type { Static, TSchema } from "typebox";
import type { CanonicalPayload } from "../decide-types.ts";

export type EventDefinition<S extends TSchema> = {
  readonly groupName: string;
  readonly description: string;
  /** Unknown names are allowed, invalid values are not. */
  readonly schema: S;
  /**
   * For the documentation and for Svix `send-example`. Message examples are complete, so they need no stored
   * message.
   */
  readonly example: Static<S>;
  /** Converts a payload that has passed the schema to the flat shape that rules read. */
  flatten(payload: Static<S>): CanonicalPayload;
};

export function defineEvent<const S extends TSchema>(
  event: EventDefinition<S>,
): EventDefinition<S> {
  return event;
}
