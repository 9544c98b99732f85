/** An invalid endpoint is refused with the name of its field, and stays unchanged. */
import { openBadInput, test422 } from "../../../../test/harness/refusals.ts";

const opened = openBadInput();
const hook = (more: object) => ({ body: { url: "https://example.com/", ...more } });

test422(opened, "POST /app/bad/endpoint", [
  ["no url", { body: {} }, "body.url"],
  ["an invalid url", hook({ url: "nope" }), "body.url"],
  ["a url with a password and no user name", hook({ url: "https://:p@example.com/" }), "body.url"],
  ["a url with a fragment", hook({ url: "https://example.com/#a" }), "body.url"],
  ["a url of another scheme", hook({ url: "ftp://example.com/" }), "body.url"],
  ["a url without TLS", hook({ url: "http://example.com/" }), "body.url"],
  ["a url with a refused port", hook({ url: "https://example.com:22/" }), "body.url"],
  ["a url with a refused address", hook({ url: "https://127.0.0.1/" }), "body.url"],
  ["a url with a mapped address", hook({ url: "https://[::ffff:10.0.0.1]/" }), "body.url"],
  ["a url of the metadata service", hook({ url: "https://169.254.169.254/" }), "body.url"],
  ["a url of localhost", hook({ url: "https://localhost/" }), "body.url"],
  ["two rates that differ", hook({ rateLimit: 1, throttleRate: 2 }), "body.throttleRate"],
  [
    "two lists of types that differ",
    hook({ filterTypes: ["a"], eventTypes: ["b"] }),
    "body.eventTypes",
  ],
  ["a rate of zero", hook({ throttleRate: 0 }), "body.throttleRate"],
  ["a type that is not registered", hook({ eventTypes: ["a.b"] }), "body.eventTypes.0"],
  [
    "a type with a slip in it",
    hook({ eventTypes: ["message.sent", "message.recieved"] }),
    "body.eventTypes.1",
  ],
  ["an operator's type", hook({ filterTypes: ["message.attempt.exhausted"] }), "body.eventTypes.0"],
  ["a second version", hook({ version: 2 }), "body.version"],
  ["a filter", hook({ filter: {} }), "body.filter"],
  ["a timeout of an hour", hook({ timeoutMs: 3_600_000 }), "body.timeoutMs"],
  ["a schedule with a step of zero", hook({ retrySchedule: [0] }), "body.retrySchedule"],
  ["a schedule of words", hook({ retrySchedule: ["a"] }), "body.retrySchedule"],
  ["unknown signature headers", hook({ signatureHeaders: "x-svix" }), "body.signatureHeaders"],
  ["an invalid line", hook({ lines: ["home"] }), "body.lines"],
  ["a secret that is too short", hook({ secret: "whsec_abc=" }), "body.secret"],
  ["a header of ours", hook({ headers: { "webhook-id": "1" } }), "body.headers"],
  ["a header that passes for ours", hook({ headers: { "X-Svix-Id": "1" } }), "body.headers"],
  ["a header over two lines", hook({ headers: { "x-a": "1\r\nx-b: 2" } }), "body.headers"],
  [
    "metadata of ours",
    hook({ metadata: { "hookline.dialect": "x" } }),
    "body.metadata.hookline.dialect",
  ],
  ["metadata that is not text", hook({ metadata: { a: 1 } }), "body.metadata.a"],
  ["a uid like one of our ids", hook({ uid: "ep_1" }), "body.uid"],
  [
    "several wrong fields at once",
    { body: { uid: "a b", disabled: 1, other: 1 } },
    "body.url body.uid body.disabled body.other",
  ],
]);

test422(opened, "PATCH /app/bad/endpoint/ENDPOINT", [
  ["null where there is none", { body: { url: null } }, "body.url"],
  ["a changed url that is refused", { body: { url: "https://10.0.0.1/" } }, "body.url"],
]);

test422(opened, "POST /app/bad/endpoint/ENDPOINT/secret/rotate", [
  [
    "a grace period of eight days",
    { body: { gracePeriodSeconds: 691_200 } },
    "body.gracePeriodSeconds",
  ],
]);

test422(opened, "PUT /app/bad/endpoint/one", [
  ["a put under another uid", hook({ uid: "two" }), "body.uid"],
]);

test422(opened, "POST /app/bad/endpoint/ENDPOINT/send-example", [
  ["an example of an unknown type", { body: { eventType: "no.such" } }, "body.eventType"],
]);
