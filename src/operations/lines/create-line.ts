/** Registers a line: a number of an app, with the credentials for its Zipwhip clients. */
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { normalUsername } from "../../core/messages/username.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { RegisteredLine } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";
import { hashPassword } from "./password.ts";
import { unknownLine } from "./read-line.ts";

/** Nine digits, like Zipwhip's, because clients store them in 32 bits. */
const LEAST_DEVICE_ID = 100_000_000;
const DEVICE_IDS = 900_000_000;

/**
 * Refuses with `not_found` an unknown app. Refuses with `conflict` a username taken anywhere on the server,
 * or a number registered in the app. A number that already occurred in events keeps its deviceId. A username
 * that is a number is stored in E.164, so another spelling of it is taken too.
 */
export async function createLine(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly number: string;
    readonly username: string;
    readonly password: string;
    readonly name: string | null;
    readonly payloadGeneration: RegisteredLine["payloadGeneration"];
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<RegisteredLine> {
  const { appRef, password, idempotencyKey, username, ...fields } = p;
  const app = await context.store.apps.get({ ref: appRef });
  if (app === null) throw unknownApp(appRef);
  const passwordHash = await context.passwordTurns.take(
    { source: app.id, isKnown: true },
    async () => await hashPassword(password, context.randomBytes),
  );
  return context.store.lines.create({
    line: {
      ...fields,
      username: normalUsername(username),
      id: context.ids.next(ID_PREFIXES.line),
      appId: app.id,
      deviceId: drawDeviceId(context),
      passwordHash,
      createdAt: context.now(),
    },
    idempotencyKey,
  });
}

/**
 * Assigns a username to the line. If another line of any app has it, that line's username becomes its id, and
 * its sessions stay valid. Refuses with `not_found` an unknown line. For the operator only: a tenant may take
 * a free username, and never a taken one.
 */
export async function assignUsername(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string; readonly username: string },
): Promise<RegisteredLine> {
  const username = normalUsername(p.username);
  const line = await context.store.lines.assignUsername({ ...p, username });
  if (line === null) throw unknownLine(p.ref);
  return line;
}

/** `ref` is the line's id or number. */
export async function deleteLine(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string },
): Promise<void> {
  const deleted = await context.store.lines.delete({ ...p, now: context.now() });
  if (!deleted) throw unknownLine(p.ref);
}

function drawDeviceId(context: OperationContext): number {
  const drawn = Buffer.from(context.randomBytes(6)).readUIntBE(0, 6);
  return LEAST_DEVICE_ID + (drawn % DEVICE_IDS);
}
