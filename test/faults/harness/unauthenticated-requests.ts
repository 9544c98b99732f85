/**
 * The attack of F37: a client without a credential makes the most expensive requests. They are bodies full of
 * parameters at Zipwhip's paths, which are parsed before the caller is authenticated; megabytes elsewhere;
 * the documents, the metrics and the health check.
 */
import type { ServerProcess } from "../../harness/server.ts";
import { startRequests, type Answers, type AttackRequest } from "./attack.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

const CONNECTIONS = 16;
const PER_SECOND = 100;
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "content-type": "application/json" };
const PART = '--b\r\ncontent-disposition: form-data; name="id"\r\n\r\n1\r\n';

export function prepareUnauthenticatedRequests({
  url,
}: Pick<ServerProcess, "url">): Promise<PreparedAttacks<Answers>> {
  const plan = { url, connections: CONNECTIONS, perSecond: PER_SECOND, requests: REQUESTS };
  return Promise.resolve({
    attacks: [{ name: "requests of an unauthenticated client", start: () => startRequests(plan) }],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

function form(bytes: number): string {
  return "a&".repeat(bytes / 2);
}

const REQUESTS: readonly AttackRequest[] = [
  ...["/message/read", "/webhook/add", "/user/login", "/messageAttachment/list"].map((path) => ({
    method: "POST",
    path,
    headers: FORM,
    body: form(64 * 1024),
  })),
  { method: "POST", path: "/message/delete", headers: FORM, body: form(16 * 1024) },
  {
    method: "POST",
    path: "/message/read",
    headers: { "content-type": "multipart/form-data; boundary=b" },
    body: `${PART.repeat(250)}--b--`,
  },
  { method: "POST", path: "/webhook/list", headers: JSON_TYPE, body: `[${"[],".repeat(5000)}0]` },
  {
    method: "POST",
    path: "/api/v1/app/a/msg/batch",
    headers: JSON_TYPE,
    body: "0".repeat(2 ** 20),
  },
  { method: "POST", path: "/no/such/call", headers: JSON_TYPE, body: "0".repeat(2 ** 20) },
  { method: "GET", path: "/openapi/svix.json" },
  { method: "GET", path: "/metrics" },
  { method: "GET", path: "/health" },
];
