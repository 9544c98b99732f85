/** Applications in requests and answers. */
import Type from "typebox";
import type { Static } from "typebox";
import type { NewApp } from "../../../operations/apps/create-app.ts";
import type { App } from "../../../operations/context.ts";
import {
  alias,
  body,
  EXAMPLE_APP,
  EXAMPLE_TIME,
  flag,
  instant,
  nullable,
  shown,
  signatureHeaders,
  text,
} from "./document-fields.ts";
import { metadata, rates, toUidSchema } from "./model-fields.ts";
import { isoTime } from "./paging.ts";

const fields = {
  name: text({ min: 1, max: 256 }, "The name of the application."),
  uid: Type.Optional(toUidSchema("app_")),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  metadata: Type.Optional(metadata),
  test: Type.Optional(flag("Creates a test application. This cannot be changed later.")),
};
export const applicationIn = body("ApplicationIn", fields);
const { test: _test, ...changing } = fields;
export const applicationPatch = body("ApplicationPatch", {
  ...changing,
  name: Type.Optional(fields.name),
});

export const application = shown("Application", {
  id: Type.String({ description: "`app_…`, or `app_test_…` for a test application." }),
  uid: nullable(Type.String()),
  name: Type.String(),
  throttleRate: nullable(Type.Integer()),
  rateLimit: nullable(Type.Integer({ description: alias("throttleRate") })),
  metadata: Type.Record(Type.String(), Type.String()),
  createdAt: instant("Time of creation."),
  updatedAt: instant("Time of the last change."),
  test: Type.Optional(flag("Present only for test applications.")),
  signatureHeaders: signatureHeaders.shown,
});
export const EXAMPLE_IN = { name: "The Blue Door", uid: EXAMPLE_APP };
export const EXAMPLE = {
  uid: EXAMPLE_APP,
  name: "The Blue Door",
  throttleRate: null,
  rateLimit: null,
  id: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1",
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
  metadata: {},
};

/** `test` creates a test app. It can never be changed. */
export function toNewApp(given: Static<typeof applicationIn>): NewApp {
  const { rateLimit: _alias, ...fields } = given;
  return {
    uid: null,
    throttleRate: null,
    signatureHeaders: null,
    metadata: {},
    test: false,
    ...fields,
  };
}

export function applicationOut(app: App): object {
  const { id, uid, name, throttleRate, metadata, createdAt, updatedAt, test } = app;
  const { signatureHeaders } = app;
  return {
    uid,
    name,
    throttleRate,
    rateLimit: throttleRate,
    id,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
    metadata,
    ...(test ? { test } : undefined),
    ...(signatureHeaders === null ? undefined : { signatureHeaders }),
  };
}
