/** Applications in requests and answers. */
import Type from "typebox";
import type { Static } from "typebox";
import type { NewApp } from "../../../operations/apps/create-app.ts";
import type { App, AppActivity } from "../../../operations/context.ts";
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
/** An application as it is read, with its work on request. */
export const activeApplication = shown("ActiveApplication", {
  ...application.properties,
  activity: Type.Optional(
    Type.Object(
      {
        endpoints: Type.Integer(),
        waiting: Type.Integer({
          description: "Deliveries that are not finished, parked ones too.",
        }),
        parked: Type.Integer({
          description: "Of these, deliveries to paused or disabled endpoints; counted up to 1,000.",
        }),
        parkedIsExact: flag("False when more are parked."),
        failedAttempts: Type.Integer({
          description: "Attempts without success in the last 24 hours, by whole hours.",
        }),
        lastEventAt: nullable(instant("When its newest message was accepted.")),
      },
      { description: "Present with `with_activity=true`." },
    ),
  ),
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

export function activityOut({ appId: _id, lastEventAt, ...counts }: AppActivity): object {
  return { ...counts, lastEventAt: lastEventAt === null ? null : isoTime(lastEventAt) };
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
