import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import postman from "postman-collection";
import { readSettings } from "../config/read-settings.ts";
import { temporaryFolder } from "../../test/harness/server.ts";
import { writeDocuments } from "./write-documents.ts";

test("`hookline documents` writes a valid OpenAPI document and Postman collection for each API", async () => {
  const read = readSettings({});
  assert.ok(read.ok);
  using folder = temporaryFolder();
  assert.equal(await writeDocuments(read.settings, folder.path), 0);
  const names = ["svix", "zipwhip", "sendblue", "chirp"].flatMap((name) => [
    `openapi-${name}.json`,
    `postman-${name}.json`,
  ]);
  assert.deepEqual(readdirSync(folder.path).toSorted(), names.toSorted());
  for (const name of names) {
    const document = JSON.parse(readFileSync(`${folder.path}/${name}`, "utf8"));
    if (name.startsWith("openapi")) {
      const { valid, errors } = await new Validator().validate(document);
      assert.ok(valid, `${name}: ${JSON.stringify(errors)}`);
    } else {
      assert.ok(new postman.Collection(document).items.count() > 0, name);
    }
  }
});
