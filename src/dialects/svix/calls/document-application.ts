/** The document's calls on applications. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { NAME } from "./application.ts";
import {
  alias,
  answer,
  body,
  CHANGING,
  DELETING,
  EXAMPLE_APP,
  EXAMPLE_TIME,
  flag,
  instant,
  JSON_BODY,
  toListSchema,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  ORDERED_PAGE,
  params,
  READING,
  shown,
  signatureHeaders,
  text,
} from "./document-fields.ts";
import { METADATA_RULES, RATE, TEXT_RULES, uidRules } from "./model-rules.ts";

const rate = (description: string) => nullable(Type.Integer({ ...RATE_LIMITS, description }));
const RATE_LIMITS = { minimum: RATE.min, maximum: RATE.max };

export const rates = {
  throttleRate: Type.Optional(rate("Maximum deliveries per second; null means no limit.")),
  rateLimit: Type.Optional(rate(alias("throttleRate"))),
};
export const metadata = Type.Record(Type.String(), text(TEXT_RULES, ""), {
  maxProperties: METADATA_RULES.max,
  description: "Key-value pairs of your choice, at most 4096 bytes as JSON.",
});
export const toUidSchema = (prefix: string) =>
  nullable(
    text(uidRules(prefix), "Your id for the object, which can replace its id in every path."),
  );

const fields = {
  name: text(NAME, "The name of the application."),
  uid: Type.Optional(toUidSchema("app_")),
  ...rates,
  signatureHeaders: signatureHeaders.given,
  metadata: Type.Optional(metadata),
  test: Type.Optional(flag("Creates a test application. This cannot be changed later.")),
};
export const applicationIn = body("ApplicationIn", fields);
const { test: _test, ...changing } = fields;
const applicationPatch = body("ApplicationPatch", {
  ...changing,
  name: Type.Optional(fields.name),
});

const application = shown("Application", {
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
const EXAMPLE_IN = { name: "The Blue Door", uid: EXAMPLE_APP };
const EXAMPLE = {
  uid: EXAMPLE_APP,
  name: "The Blue Door",
  throttleRate: null,
  rateLimit: null,
  id: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1",
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
  metadata: {},
};

const made = answer("The application was created.", application, EXAMPLE);
const found = answer("The application.", application, EXAMPLE);
const one = { tag: "Application", security: ["bearer"], params: params("app") } as const;
const PATH = "/api/v1/app/:app";
const EXAMPLE_PARAMS = { app: EXAMPLE_APP };

export const APPLICATION_CALLS: readonly ApiCall[] = [
  {
    id: "listApplications",
    tag: "Application",
    summary: "List applications",
    methods: ["GET"],
    path: "/api/v1/app",
    security: ["bearer"],
    query: Type.Object({
      ...ORDERED_PAGE,
      exclude_apps_with_no_endpoints: Type.Optional(
        flag("Returns only applications that have an endpoint."),
      ),
      exclude_apps_with_svix_play_endpoints: Type.Optional(
        flag("Has no effect: Hookline has no Svix Play endpoints."),
      ),
      exclude_apps_with_disabled_endpoints: Type.Optional(
        flag("Must be false: this filter is not supported."),
      ),
    }),
    example: { query: { limit: 50 } },
    answers: {
      200: answer("A page of applications.", toListSchema(application, "Applications"), {
        data: [EXAMPLE],
        iterator: EXAMPLE.id,
        prevIterator: `-${EXAMPLE.id}`,
        done: true,
      }),
    },
    refusals: ["invalid_field"],
  },
  {
    id: "createApplication",
    tag: "Application",
    summary: "Create an application",
    description:
      "An application is a tenant. Every event, endpoint, line and key belongs to one application.",
    methods: ["POST"],
    path: "/api/v1/app",
    security: ["bearer"],
    headers: ONCE,
    query: Type.Object({
      get_if_exists: Type.Optional(
        flag("If the uid exists, returns that application instead of a conflict."),
      ),
    }),
    body: { schema: applicationIn, ...JSON_BODY },
    example: { query: { get_if_exists: true }, body: EXAMPLE_IN },
    answers: {
      200: answer("An application with the uid exists already.", application, EXAMPLE),
      201: made,
    },
    refusals: MAKING.filter((code) => code !== "not_found"),
  },
  {
    ...one,
    id: "getApplication",
    summary: "Get an application",
    methods: ["GET"],
    path: PATH,
    example: { params: EXAMPLE_PARAMS },
    answers: { 200: found },
    refusals: READING,
  },
  {
    ...one,
    id: "putApplication",
    summary: "Replace an application, or create it",
    description: "An omitted field takes its default, if it has one.",
    methods: ["PUT"],
    path: PATH,
    body: { schema: applicationIn, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: EXAMPLE_IN },
    answers: { 200: found, 201: made },
    refusals: CHANGING,
  },
  {
    ...one,
    id: "patchApplication",
    summary: "Change an application",
    methods: ["PATCH"],
    path: PATH,
    body: { schema: applicationPatch, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: { throttleRate: 50 } },
    answers: { 200: found },
    refusals: CHANGING,
  },
  {
    ...one,
    id: "deleteApplication",
    summary: "Delete an application",
    description: "Deletes its endpoints too, and erases the contents of its messages.",
    methods: ["DELETE"],
    path: PATH,
    example: { params: EXAMPLE_PARAMS },
    answers: NOTHING,
    refusals: DELETING,
  },
];
