/** Registers the webhooks of an OpenAPI document as event types. */
import Type from "typebox";
import { refuseField } from "../../../core/error.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import {
  type Imported,
  importOpenApi,
} from "../../../operations/event-types/import-event-types.ts";
import { findTextProblem } from "../../check-text.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { answer, body, flag, nullable, shown } from "./document-fields.ts";
import { EVENT_TYPE_NAME } from "./event-type-model.ts";
import { sendText } from "./paging.ts";

const importIn = body("EventTypeImportOpenApiIn", {
  spec: Type.Optional(
    nullable(
      Type.Object({}, { description: "The document as JSON. Give either `spec` or `specRaw`." }),
    ),
  ),
  specRaw: Type.Optional(
    nullable(Type.String({ description: "The document as a text of JSON or YAML." })),
  ),
  dryRun: Type.Optional(flag("Returns the types that would change, and changes none.")),
  replaceAll: Type.Optional(
    flag("Archives all types that are not in the document, except built-in ones."),
  ),
});
const importOut = shown("EventTypeImportOpenApiOut", {
  data: Type.Object({
    modified: Type.Array(Type.String({ description: "Names of the types that changed." })),
    // Releases of Svix's JavaScript SDK before 2.0 need a list.
    to_modify: Type.Array(
      Type.Object({
        name: Type.String(),
        description: Type.String(),
        deprecated: Type.Boolean(),
        groupName: nullable(Type.String()),
        featureFlags: nullable(Type.Array(Type.String())),
        schemas: nullable(Type.Record(Type.String(), Type.Unknown())),
      }),
      { description: "With `dryRun`, the types that would change." },
    ),
    archived: Type.Optional(
      Type.Array(Type.String({ description: "With `replaceAll`, the archived types." })),
    ),
  }),
});

const EXAMPLE_SPEC = {
  openapi: "3.1.0",
  info: { title: "Orders", version: "1" },
  webhooks: {
    "order.returned": {
      post: {
        description: "An order came back.",
        requestBody: {
          content: { "application/json": { schema: { type: "object" } } },
        },
      },
    },
  },
};

export const IMPORT_CALLS: readonly Call[] = [
  defineCall({
    tag: "Event type",
    id: "importOpenApi",
    portal: null,
    operator: "operator",
    summary: "Register event types from an OpenAPI document",
    description:
      "Registers up to 500 webhooks under `webhooks` or `x-webhooks`, each under its key. The description, `deprecated` and the JSON Schema of the body are taken from the document; components are copied into the schema. Other fields of a registered type stay. Requires the admin token.",
    method: "POST",
    path: "/api/v1/event-type/import/openapi",
    access: asOperator,
    body: importIn,
    example: { body: { spec: EXAMPLE_SPEC, dryRun: true } },
    answers: {
      200: answer("The types that changed, or would change.", importOut, {
        data: { modified: ["order.returned"], to_modify: [] },
      }),
    },
    refusals: ["invalid_field", "unknown_field"],
    async handle({ context, body: given, reply }) {
      const { spec = null, specRaw = null, dryRun = false, replaceAll = false } = given;
      if ((spec === null) === (specRaw === null))
        throw refuseField("invalid_field", ["spec"], "give either spec or specRaw, and not both");
      const imported = await importOpenApi(context, {
        document: specRaw === null ? { spec: spec as JsonValue } : { specRaw },
        isName: (name) => findTextProblem(name, EVENT_TYPE_NAME) === undefined,
        archivesOthers: replaceAll,
        dryRun,
      });
      return sendText(reply, 200, importedOut(imported, { dryRun, replaceAll }));
    },
  }),
];

function importedOut(
  { changed, archived }: Imported,
  { dryRun, replaceAll }: { readonly dryRun: boolean; readonly replaceAll: boolean },
): string {
  const modified = dryRun ? [] : changed.map(({ name }) => name);
  const planned = changed.map(({ schemas, archived: _, custom: __, ...fields }) => {
    const head = JSON.stringify(fields).slice(0, -1);
    return `${head},"schemas":${schemas ?? "null"}}`;
  });
  const rest = replaceAll ? `,"archived":${JSON.stringify(archived)}` : "";
  const toModify = dryRun ? planned.join(",") : "";
  return `{"data":{"modified":${JSON.stringify(modified)},"to_modify":[${toModify}]${rest}}}`;
}
