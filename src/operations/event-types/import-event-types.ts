/**
 * Registers the webhooks of an OpenAPI document as event types. Everything is checked before the first change.
 * Each type is one transaction, so an import that is interrupted is completed by a repeat.
 */
import { AppError, refuseField } from "../../core/error.ts";
import { type OpenApiType, readOpenApi } from "../../core/events/openapi-webhooks.ts";
import { parseJson } from "../../core/json/json.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { EventType } from "../../store/interface/tenancy.ts";
import type { Page } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";
import { isBuiltIn } from "./built-in.ts";
import { replaceEventType, deleteEventType, type EventTypeFields } from "./change-event-types.ts";
import { readYaml } from "./read-yaml.ts";

export type Imported = {
  /** Types that are new or differ from the registered ones. */
  readonly changed: readonly EventTypeFields[];
  /** Names of types that are not in the document, with `archivesOthers`. Built-in types stay. */
  readonly archived: readonly string[];
};

/** A document as JSON, or as a text of JSON or YAML. Refuses with `invalid_field` under `spec` or `specRaw`. */
export async function importOpenApi(
  context: OperationContext,
  p: {
    readonly document: { readonly spec: JsonValue } | { readonly specRaw: string };
    readonly isName: (name: string) => boolean;
    readonly archivesOthers: boolean;
    readonly dryRun: boolean;
  },
): Promise<Imported> {
  const types = await readTypes(p.document, p.isName);
  const changed: EventTypeFields[] = [];
  for (const type of types) {
    const existing = await context.store.eventTypes.get({ name: type.name });
    const fields = merge(existing, type);
    if (existing === null || isDifferent(existing, fields)) changed.push(fields);
  }
  const named = new Set(types.map(({ name }) => name));
  const archived = p.archivesOthers ? await listOthers(context, named) : [];
  if (p.dryRun) return { changed, archived };
  for (const fields of changed) await replaceEventType(context, fields);
  for (const name of archived) await deleteEventType(context, { name, expunge: false });
  return { changed, archived };
}

async function readTypes(
  document: Parameters<typeof importOpenApi>[1]["document"],
  isName: (name: string) => boolean,
): Promise<readonly OpenApiType[]> {
  const field = "spec" in document ? "spec" : "specRaw";
  const spec = "spec" in document ? document.spec : await parseText(document.specRaw);
  const read = readOpenApi(spec, isName);
  if (read.ok) return read.types;
  const { path, message } = read.problem;
  throw refuseField("invalid_field", [field, ...path], message);
}

/** JSON is YAML too, and much faster to read. */
async function parseText(text: string): Promise<JsonValue> {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const read = await readYaml(text);
    if ("value" in read) return read.value;
    throw refuseField("invalid_field", ["specRaw"], `is neither JSON nor YAML: ${read.problem}`);
  }
}

/** The fields that a document does not have stay as they are. */
function merge(existing: EventType | null, type: OpenApiType): EventTypeFields {
  const { groupName = null, featureFlags = null, custom = false } = existing ?? {};
  return { ...type, archived: false, groupName, featureFlags, custom };
}

function isDifferent(existing: EventType, fields: EventTypeFields): boolean {
  return (
    existing.archived ||
    existing.description !== fields.description ||
    existing.deprecated !== fields.deprecated ||
    existing.schemas !== fields.schemas
  );
}

async function listOthers(
  context: OperationContext,
  named: ReadonlySet<string>,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of eachEventType(context, false)) {
    if (!named.has(name) && !isBuiltIn(context, name)) names.push(name);
  }
  return names;
}

/** The types that another server does not have by itself: registered ones, and built-in ones with a mark. */
export async function* eachExportedType(context: OperationContext): AsyncGenerator<EventType> {
  for await (const type of eachEventType(context, true))
    if (!isBuiltIn(context, type.name) || type.custom || type.archived) yield type;
}

/** Page by page. */
async function* eachEventType(
  context: OperationContext,
  includeArchived: boolean,
): AsyncGenerator<EventType> {
  const window = { limit: 250, backward: false, ascending: true, includeArchived };
  for (let after: string | null = null; ;) {
    const page: Page<EventType> = await context.store.eventTypes.list({ ...window, after });
    yield* page.items;
    if (page.done) return;
    after = page.items.at(-1)?.name ?? null;
  }
}
