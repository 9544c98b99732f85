/**
 * Reads an exported environment and applies it: all of it is read before the first change. Then come event types,
 * which endpoints refer to, and each application with its endpoints.
 */
import { setImmediate } from "node:timers/promises";
import type { Static } from "typebox";
import { AppError, refuseField } from "../../../core/error.ts";
import { stringifyJson } from "../../../core/json/json.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { createApp } from "../../../operations/apps/create-app.ts";
import { findApp } from "../../../operations/apps/read-apps.ts";
import { updateApp } from "../../../operations/apps/update-app.ts";
import type { App, OperationContext } from "../../../operations/context.ts";
import { checkSigningSecret } from "../../../operations/endpoints/check-endpoint.ts";
import { findEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import { updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import { replaceEventType } from "../../../operations/event-types/change-event-types.ts";
import { createReader } from "../../read-schema.ts";
import { toNewApp } from "./application-model.ts";
import { refuseForeign } from "./endpoint-access.ts";
import { ENDPOINT_DEFAULTS, toEndpointFields } from "./endpoint-model.ts";
import { makeEndpoint } from "./endpoint-upsert.ts";
import {
  applicationItem,
  endpointItem,
  environmentIn,
  eventTypeItem,
} from "./environment-model.ts";
import { toFields } from "./event-type-model.ts";

/** Each takes a commit, which an administrator waits for. */
const MOST = { eventTypes: 1_000, applications: 1_000, endpoints: 10_000 } as const;

const READ_AT_ONCE = 50;

type Path = readonly (string | number)[];
type Placed<Item> = { readonly path: Path; readonly item: Item };
type EndpointItem = Static<typeof endpointItem>;
type AppItem = Static<typeof applicationItem> & {
  readonly endpoints: readonly Placed<EndpointItem>[];
};

const readEnvironment = createReader(environmentIn, "absent");
const readType = createReader(eventTypeItem, "absent");
const readApp = createReader(applicationItem, "absent");
const readEndpoint = createReader(endpointItem, "absent");

export async function importEnvironment(
  context: OperationContext,
  value: JsonValue,
  p: { readonly disablesEndpoints: boolean },
): Promise<void> {
  const given = readEnvironment(value);
  const types = await readItems(given.eventTypes, ["eventTypes"], MOST.eventTypes, readType);
  const apps = await readItems(
    given.applications,
    ["applications"],
    MOST.applications,
    readWholeApp,
  );
  refuseTooMany(apps);
  for (const { path, item } of types) {
    const { createdAt: _, updatedAt: __, ...fields } = item;
    const text = stringifyJson({ schemas: item.schemas ?? null });
    await within(path, () =>
      replaceEventType(context, { ...toFields(fields, text), name: item.name }),
    );
  }
  for (const { path, item } of apps) {
    const app = await within(path, () => placeApp(context, item));
    for (const endpoint of item.endpoints)
      await within(endpoint.path, () => placeEndpoint(context, { app, item: endpoint.item, ...p }));
  }
}

/** Lets other work run between some items, because a large import takes the reader a while. */
async function readItems<Item>(
  list: unknown,
  path: Path,
  most: number,
  read: (value: JsonValue, path: Path) => Item | Promise<Item>,
): Promise<readonly Placed<Item>[]> {
  const items = (list ?? []) as readonly JsonValue[];
  if (items.length > most) {
    const message = `must have at most ${most} items; it has ${items.length}`;
    throw refuseField("invalid_field", path, message);
  }
  const placed: Placed<Item>[] = [];
  for (const [index, item] of items.entries()) {
    const place = [...path, index];
    placed.push({ path: place, item: await read(item, place) });
    if (index % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
  }
  return placed;
}

async function readWholeApp(value: JsonValue, path: Path): Promise<AppItem> {
  const app = readApp(value, path);
  const placed = await readItems(
    app.endpoints,
    [...path, "endpoints"],
    MOST.endpoints,
    readEndpoint,
  );
  toUid(app, path);
  for (const { item, path: place } of placed) toUid(item, place);
  return { ...app, endpoints: placed };
}

function refuseTooMany(apps: readonly Placed<AppItem>[]): void {
  const count = apps.reduce((sum, { item }) => sum + item.endpoints.length, 0);
  if (count <= MOST.endpoints) return;
  const message = `must have at most ${MOST.endpoints} endpoints together; it has ${count}`;
  throw refuseField("invalid_field", ["applications"], message);
}

/** An object without a uid gets one that a repeat of the import finds. */
function toUid(item: { readonly uid?: string | null; readonly id?: string }, path: Path): string {
  const uid = item.uid ?? (item.id === undefined ? null : `from-${item.id}`);
  if (uid !== null) return uid;
  throw refuseField(
    "invalid_field",
    [...path, "uid"],
    "a uid, or the id of an export, is required",
  );
}

async function placeApp(context: OperationContext, item: AppItem): Promise<App> {
  const { id: _, createdAt: __, updatedAt: ___, endpoints: ____, ...given } = item;
  const uid = toUid(item, []);
  const { test, ...fields } = { ...toNewApp(given), uid };
  const before = await findApp(context, uid);
  if (before !== null) return await updateApp(context, { ref: before.id, change: fields });
  const made = { fields: { ...fields, test }, getIfExists: true, idempotencyKey: null };
  return (await createApp(context, made)).app;
}

async function placeEndpoint(
  context: OperationContext,
  p: {
    readonly app: App;
    readonly item: EndpointItem;
    readonly disablesEndpoints: boolean;
  },
): Promise<void> {
  const { id: _, createdAt: __, updatedAt: ___, headers, secret, ...given } = p.item;
  const uid = toUid(p.item, []);
  const appRef = p.app.id;
  const fields = {
    ...toEndpointFields(given),
    uid,
    ...(p.disablesEndpoints ? { disabled: true } : undefined),
  };
  const before = await findEndpoint(context, { appRef, ref: uid });
  if (before === null) {
    await makeEndpoint(context, {
      appRef,
      fields,
      headers: headers ?? {},
      secret: secret === undefined ? null : checkSigningSecret(secret, ["secret"]),
      idempotencyKey: null,
    });
    return;
  }
  refuseForeign(before);
  await updateEndpoint(context, {
    appRef,
    ref: before.endpointId,
    dialect: "svix",
    fields: {
      ...ENDPOINT_DEFAULTS,
      ...fields,
      ...(headers === undefined ? undefined : { headers }),
    },
  });
}

/** Puts the place of the item before the fields that a refusal names. */
async function within<T>(path: Path, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, retryAfterSeconds, limit, operatorHint } = error;
    const own = error.problems.length > 0 ? error.problems : [{ path: [], message, kind: code }];
    throw new AppError(code, `${path.join(".")}: ${message}`, {
      problems: own.map((problem) => ({ ...problem, path: [...path, ...problem.path] })),
      operatorHint,
      ...(limit === undefined ? undefined : { limit }),
      ...(retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }),
    });
  }
}
