/**
 * The webhook set as endpoints: one for each type and URL. Each stores its effective secret, encrypted, so
 * the sender needs no global secret. The global secret is stored encrypted beside them. A change of it
 * updates every endpoint without its own secret, all at once.
 */
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import type {
  Endpoint,
  EndpointSet,
  OperationContext,
  ReadSet,
} from "../../../operations/context.ts";
import { changeEndpoints, readEndpoints } from "../../../operations/endpoints/change-endpoints.ts";
import { draftEndpoint } from "../../../operations/endpoints/create-endpoint.ts";
import { placeUrl } from "../../../operations/endpoints/place-url.ts";
import {
  decryptDialectState,
  decryptSecret,
  encryptDialectState,
  encryptSecret,
} from "../../../operations/endpoints/encrypt-endpoint.ts";
import type { WebhookType } from "../webhooks/webhook-types.ts";
import type { PlacedEntry, WebhookSet } from "./webhook-set.ts";

/** Content of an endpoint's `dialectOptions`. */
type Options = {
  readonly form: "string" | "object";
  /** Position in the list. Positions only grow and may have gaps. */
  readonly position: number;
  /** True when the secret is the entry's, false when it is the global one. */
  readonly ownSecret: boolean;
  /** The owner's spelling of the URL, when it differs from the normalised one. */
  readonly shownUrl?: string;
};

type State = { readonly globalSecret: string };
type SetChange = ReturnType<Parameters<typeof changeEndpoints>[2]>;

export async function readWebhooks(context: OperationContext, appId: string): Promise<WebhookSet> {
  return toWebhooks(context, await readEndpoints(context, toEndpointSet(appId)));
}

/** `plan` is called again with the new set when a concurrent change comes first. */
export async function changeWebhooks(
  context: OperationContext,
  appId: string,
  plan: (before: WebhookSet) => WebhookSet,
): Promise<WebhookSet> {
  const after = await changeEndpoints(context, toEndpointSet(appId), (read) =>
    changeTo(context, read, plan(toWebhooks(context, read))),
  );
  return toWebhooks(context, after);
}

function toEndpointSet(appId: string): EndpointSet {
  return { appRef: appId, dialect: "sendblue", line: null };
}

function toWebhooks(context: OperationContext, read: ReadSet): WebhookSet {
  const byType = new Map<WebhookType, Endpoint[]>();
  for (const endpoint of read.endpoints) {
    const type = toType(endpoint);
    const list = byType.get(type);
    if (list === undefined) byType.set(type, [endpoint]);
    else list.push(endpoint);
  }
  const lists = new Map<WebhookType, readonly PlacedEntry[]>();
  for (const [type, endpoints] of byType) {
    endpoints.sort((one, other) => toOptions(one).position - toOptions(other).position);
    lists.set(
      type,
      endpoints.map((endpoint) => toEntry(context, endpoint)),
    );
  }
  return { lists, globalSecret: findGlobalSecret(context, read) };
}

function toEntry(context: OperationContext, endpoint: Endpoint): PlacedEntry {
  const { endpointId, url, lines } = endpoint;
  const { form, ownSecret, shownUrl = url } = toOptions(endpoint);
  const secret = ownSecret ? decryptSecret(context, endpoint) : null;
  return { endpointId, url, shownUrl, password: null, form, secret, numbers: lines };
}

function toType({ eventTypes }: Endpoint): WebhookType {
  const [type] = eventTypes ?? [];
  if (type === undefined) throw new TypeError("a webhook without a type is stored");
  return type;
}

function toOptions({ dialectOptions }: Endpoint): Options {
  return JSON.parse(dialectOptions ?? "{}") as Options;
}

function findGlobalSecret(context: OperationContext, { appId, state }: ReadSet): string | null {
  const text = decryptDialectState(context, { appId, dialect: "sendblue", encrypted: state });
  return text === null ? null : (JSON.parse(text) as State).globalSecret;
}

/** The changes from the stored set to the wanted one. Endpoints that are already as wanted have none. */
function changeTo(context: OperationContext, read: ReadSet, wanted: WebhookSet): SetChange {
  const left = new Map(read.endpoints.map((endpoint) => [endpoint.endpointId, endpoint]));
  const create: Endpoint[] = [];
  const update: SetChange["update"][number][] = [];
  for (const [type, entries] of wanted.lists) {
    let position = -1;
    for (const entry of entries) {
      const known = entry.endpointId === null ? undefined : left.get(entry.endpointId);
      position = Math.max(position + 1, known === undefined ? 0 : toOptions(known).position);
      const secret = entry.secret ?? wanted.globalSecret;
      const fields = toFields(entry, position, secret);
      if (known === undefined) {
        create.push(newEndpoint(context, read, { type, entry, fields, secret }));
        continue;
      }
      left.delete(known.endpointId);
      const changed = planUpdate(context, known, { entry, fields, secret });
      if (changed !== null) update.push(changed);
    }
  }
  const change = { create, update, remove: [...left.keys()] };
  if (wanted.globalSecret === findGlobalSecret(context, read)) return change;
  return { ...change, state: encryptedState(context, read.appId, wanted.globalSecret) };
}

type Fields = Pick<Endpoint, "lines" | "dialectOptions" | "authentication">;

function toFields(entry: PlacedEntry, position: number, secret: string | null): Fields {
  const { form, shownUrl, url, numbers } = entry;
  const options: Options = {
    form,
    position,
    ownSecret: entry.secret !== null,
    ...(shownUrl === url ? undefined : { shownUrl }),
  };
  return {
    lines: numbers,
    dialectOptions: JSON.stringify(options),
    authentication: secret === null ? [] : ["literal-secret"],
  };
}

function newEndpoint(
  context: OperationContext,
  { appId, endpoints: known }: ReadSet,
  p: {
    readonly type: WebhookType;
    readonly entry: PlacedEntry;
    readonly fields: Fields;
    readonly secret: string | null;
  },
): Endpoint {
  const { type, entry, fields, secret } = p;
  const endpointId = context.ids.next(ID_PREFIXES.endpoint);
  const draft = { ...fields, url: entry, eventTypes: [type], secret };
  return draftEndpoint(context, {
    appRef: appId,
    dialect: "sendblue",
    endpointId,
    fields: draft,
    known,
  });
}

/** Returns null when the endpoint is already as wanted. */
function planUpdate(
  context: OperationContext,
  known: Endpoint,
  p: { readonly entry: PlacedEntry; readonly fields: Fields; readonly secret: string | null },
): SetChange["update"][number] | null {
  const { endpointId } = known;
  const { entry, fields, secret } = p;
  const placed = placeUrl(context, { endpointId, given: entry, before: known });
  const { encryptedUserinfo = known.encryptedUserinfo } = placed;
  const change = { ...fields, ...placed };
  const hasSecret = decryptSecret(context, known) === secret;
  const isSame =
    known.dialectOptions === fields.dialectOptions &&
    known.encryptedUserinfo === encryptedUserinfo &&
    JSON.stringify(known.lines) === JSON.stringify(fields.lines);
  if (hasSecret) return isSame ? null : { endpointId, change };
  const encrypted = secret === null ? null : encryptSecret(context, endpointId, secret);
  return { endpointId, change, secret: encrypted };
}

function encryptedState(
  context: OperationContext,
  appId: string,
  globalSecret: string | null,
): Uint8Array | null {
  if (globalSecret === null) return null;
  const text = JSON.stringify({ globalSecret } satisfies State);
  return encryptDialectState(context, { appId, dialect: "sendblue", text });
}
