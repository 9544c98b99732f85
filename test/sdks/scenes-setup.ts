/** Creating an application, an event type and endpoints, and changing them. */
import { APP, ENDPOINT, TYPE, type Scene } from "./scene.ts";

/** A filter has two names in the API; a release sends the one that it knows. */
const types = (...names: readonly string[]) => ({ eventTypes: names, filterTypes: names });
export const APPLICATIONS: readonly Scene[] = [
  {
    name: "health is served",
    call: ["health.get"],
  },
  {
    name: "an application is made",
    call: ["application.create"],
    args: [{ name: "Story", uid: APP }],
    expect: { uid: APP, name: "Story", id: { like: /^app_/ } },
    save: { appId: "id" },
  },
  {
    name: "the same uid is refused",
    call: ["application.create"],
    args: [{ name: "Story", uid: APP }],
    refused: 409,
  },
  {
    name: "getOrCreate finds it",
    call: ["application.getOrCreate"],
    args: [{ name: "Story", uid: APP }],
    expect: { id: "$appId" },
  },
  {
    name: "it is read by uid",
    call: ["application.get"],
    args: [APP],
    expect: { id: "$appId" },
  },
  {
    name: "it is replaced",
    call: ["application.upsert", "application.update"],
    args: [APP, { name: "Second", uid: APP }],
    expect: { name: "Second", id: "$appId" },
  },
  {
    name: "it is changed",
    call: ["application.patch"],
    args: [APP, { name: "Third" }],
    expect: { name: "Third", uid: APP },
  },
  {
    name: "applications are listed",
    call: ["application.list"],
    options: { limit: 1 },
    expect: { data: { length: 1 } },
  },
  {
    name: "an event type is made",
    call: ["eventType.create"],
    args: [
      {
        name: TYPE,
        description: "one",
        schemas: { "1": { type: "object", example: { sent: 1 } } },
      },
    ],
    expect: { name: TYPE, description: "one" },
  },
  {
    name: "the event type is read",
    call: ["eventType.get"],
    args: [TYPE],
    expect: { name: TYPE },
  },
  {
    name: "the event type is replaced",
    call: ["eventType.upsert", "eventType.update"],
    args: [
      TYPE,
      { description: "two", schemas: { "1": { type: "object", example: { sent: 1 } } } },
    ],
    expect: { description: "two" },
  },
  {
    name: "the event type is changed",
    call: ["eventType.patch"],
    args: [TYPE, { description: "three" }],
    expect: { description: "three" },
  },
  {
    name: "event types are listed",
    call: ["eventType.list"],
    options: { limit: 2 },
    expect: { data: { length: 2 } },
  },
];

export const ENDPOINTS: readonly Scene[] = [
  {
    name: "an endpoint is made",
    call: ["endpoint.create"],
    args: [
      APP,
      { url: "$receiver/first", version: 1, uid: "first", description: "one", ...types(TYPE) },
    ],
    expect: { uid: "first", description: "one" },
    save: { endpoint: "id" },
  },
  {
    name: "an address that is refused is a 422",
    call: ["endpoint.create"],
    args: [APP, { url: "http://10.0.0.1/", version: 1 }],
    refused: 422,
  },
  {
    name: "an endpoint is read",
    call: ["endpoint.get"],
    args: ENDPOINT,
    expect: { id: "$endpoint", url: "$receiver/first" },
  },
  {
    name: "an endpoint is replaced",
    call: ["endpoint.upsert", "endpoint.update"],
    args: [
      ...ENDPOINT,
      { url: "$receiver/first", version: 1, uid: "first", description: "two", ...types(TYPE) },
    ],
    expect: { description: "two" },
  },
  {
    name: "an endpoint is changed",
    call: ["endpoint.patch"],
    args: [...ENDPOINT, { description: "three" }],
    expect: { description: "three" },
  },
  ...["second", "third"].map((uid) => ({
    name: `a ${uid} endpoint is made`,
    call: ["endpoint.create"],
    args: [APP, { url: `$receiver/${uid}`, version: 1, uid, disabled: true }],
    expect: { uid },
  })),
  {
    name: "endpoints are listed, the newest first",
    call: ["endpoint.list"],
    args: [APP],
    options: { limit: 1 },
    expect: { data: { length: 1 }, "data.0.uid": "third" },
  },
  {
    name: "endpoints are paged",
    pages: { call: ["endpoint.list"], args: [APP] },
    items: 3,
  },
  {
    name: "headers are set",
    call: ["endpoint.setHeaders", "endpoint.headersUpdate", "endpoint.updateHeaders"],
    args: [...ENDPOINT, { headers: { "x-story": "1" } }],
  },
  {
    name: "headers are changed",
    call: ["endpoint.patchHeaders", "endpoint.headersPatch"],
    args: [...ENDPOINT, { headers: { "x-more": "2" } }],
  },
  {
    name: "headers are read",
    call: ["endpoint.getHeaders"],
    args: ENDPOINT,
    expect: { "headers.x-story": "1", "headers.x-more": "2" },
  },
  {
    name: "the secret is read",
    call: ["endpoint.getSecret"],
    args: ENDPOINT,
    expect: { key: { like: /^whsec_/ } },
    save: { secret: "key" },
  },
];
