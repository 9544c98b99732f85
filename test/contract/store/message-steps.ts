/** Steps of the cases about messages. */
import assert from "node:assert/strict";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { Media, Message, Snapshot } from "../../../src/core/snapshot.ts";
import type { Store } from "../../../src/store/store.ts";
import { type Engine, newEvent, receivedText } from "./fixtures.ts";
import { START } from "./harness.ts";
import { publishAt } from "./steps.ts";

/** Publishes, and returns the snapshot from which its webhooks are rendered. */
export async function publishForSnapshot(
  store: Store,
  engine: Engine,
  p: { appRef: string; event: NewEvent; at?: number },
): Promise<Snapshot> {
  const id = await publishAt(store, p.appRef, p.at ?? START, p.event);
  const leased = engine.leased.find(({ snapshot }) => snapshot.eventId === id);
  return leased?.snapshot ?? assert.fail("no endpoint matched the event");
}

export function textWithMedia(id: string, media: readonly Media[], text = "Hello"): NewEvent {
  const event = receivedText({ id, text });
  const message = { ...event.canonical?.message, id, media };
  return { ...event, canonical: { message } };
}

/** A `message.read` event by the server's message id; the payload has the publisher's id. */
export function readBySnowflake(id: string, snowflake: bigint): NewEvent {
  return newEvent({
    type: "message.read",
    payloadText: JSON.stringify({ message: { id } }),
    canonical: { message: { id, direction: "inbound" } },
    messageSnowflake: snowflake,
  });
}

export const requireMessage = (snapshot: Snapshot): Message => snapshot.message ?? assert.fail();
