/**
 * The story that every release of an SDK plays: each call that the server serves, and its expected result.
 */
import { APP, TYPE, type Scene } from "./scene.ts";
import { MESSAGES } from "./scenes-messages.ts";
import { POLLING } from "./scenes-polling.ts";
import { PORTAL } from "./scenes-portal.ts";
import { APPLICATIONS, ENDPOINTS } from "./scenes-setup.ts";
import { TASKS } from "./scenes-tasks.ts";

const OPERATIONAL = ["operationalWebhook.endpoint", "operationalWebhookEndpoint"];
const operational = (...methods: readonly string[]) =>
  OPERATIONAL.flatMap((resource) => methods.map((method) => `${resource}.${method}`));
const OPERATIONAL_ARGS = ["$app-ops"];
const OPERATIONAL_ENDPOINTS: readonly Scene[] = [
  {
    name: "an operational endpoint is made",
    call: operational("create"),
    args: [{ url: "$receiver/ops", uid: "$app-ops", disabled: true }],
    expect: { uid: "$app-ops" },
  },
  {
    name: "an operational endpoint is read",
    call: operational("get"),
    args: OPERATIONAL_ARGS,
    expect: { uid: "$app-ops" },
  },
  {
    name: "an operational endpoint is replaced",
    call: operational("upsert", "update"),
    args: ["$app-ops", { url: "$receiver/ops", uid: "$app-ops", disabled: true, description: "x" }],
    expect: { description: "x" },
  },
  {
    name: "operational endpoints are listed",
    call: operational("list"),
    options: { limit: 1 },
    expect: { data: { length: 1 } },
  },
  {
    name: "headers of an operational endpoint are set",
    call: operational("setHeaders", "updateHeaders"),
    args: ["$app-ops", { headers: { "x-ops": "1" } }],
  },
  {
    name: "headers of an operational endpoint are read",
    call: operational("getHeaders"),
    args: OPERATIONAL_ARGS,
    expect: { "headers.x-ops": "1" },
  },
  {
    name: "the secret of an operational endpoint is rotated",
    call: operational("rotateSecret"),
    args: ["$app-ops", {}],
  },
  {
    name: "the secret of an operational endpoint is read",
    call: operational("getSecret"),
    args: OPERATIONAL_ARGS,
    expect: { key: { like: /^whsec_/ } },
  },
  {
    name: "an operational endpoint is deleted",
    call: operational("delete"),
    args: OPERATIONAL_ARGS,
  },
];

const ENDINGS: readonly Scene[] = [
  {
    name: "an endpoint is deleted",
    call: ["endpoint.delete"],
    args: [APP, "second"],
  },
  {
    name: "a deleted endpoint is a 404",
    call: ["endpoint.get"],
    args: [APP, "second"],
    refused: 404,
  },
  {
    name: "the event type is deleted",
    call: ["eventType.delete"],
    args: [TYPE],
  },
  {
    name: "the application is deleted",
    call: ["application.delete"],
    args: [APP],
  },
  {
    name: "a deleted application is a 404",
    call: ["application.get"],
    args: [APP],
    refused: 404,
  },
];

export const STORY: readonly Scene[] = [
  ...APPLICATIONS,
  ...ENDPOINTS,
  ...MESSAGES,
  ...OPERATIONAL_ENDPOINTS,
  ...PORTAL,
  ...POLLING,
  ...TASKS,
  ...ENDINGS,
];
