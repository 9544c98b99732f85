/** `hookline documents`: writes the API documents as files, for a release and for readers without a server. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../config/settings.ts";
import { VERSION } from "../config/version.ts";
import { stringifyJson } from "../core/json/json.ts";
import { createDialects } from "../dialects/list.ts";
import { toOpenApi } from "../http/api-documents/openapi.ts";
import { toPostman } from "../http/api-documents/postman.ts";

export async function writeDocuments(settings: Settings, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (const { name, text } of documentFiles(settings)) await writeFile(join(folder, name), text);
  return 0;
}

function documentFiles(settings: Settings): { readonly name: string; readonly text: string }[] {
  return createDialects(settings).flatMap((dialect) => [
    { name: `openapi-${dialect.name}.json`, text: toLines(toOpenApi(dialect, VERSION)) },
    { name: `postman-${dialect.name}.json`, text: toLines(toPostman(dialect, VERSION)) },
  ]);
}

function toLines(document: object): string {
  return `${stringifyJson(document, 2)}\n`;
}
