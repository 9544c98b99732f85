import type { ApiDocument } from "../../dialects/api-document.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { SchemaWriter } from "./plain-schema.ts";

export type CallContext = {
  readonly document: ApiDocument;
  readonly errors: Dialect["errors"];
  readonly schemas: SchemaWriter;
};
