/** The native API as data: every call, and the canonical events that its endpoints receive. */
import Type from "typebox";
import { CATALOGUE } from "../../core/events/catalogue.ts";
import { URL_CREDENTIALS } from "../api-document.ts";
import type { ApiDocument, ApiWebhook } from "../api-document.ts";
import type { Call } from "../call.ts";
import { LIMIT_CALLS } from "./calls/app-limits.ts";
import { APPLICATION_CALLS } from "./calls/application.ts";
import { AUDIT_CALLS } from "./calls/audit.ts";
import { ATTEMPT_CALLS } from "./calls/message-attempt.ts";
import { TASK_CALLS } from "./calls/background-task.ts";
import { AUTHENTICATION_CALLS } from "./calls/authentication.ts";
import { FAILED_DELIVERY_CALLS } from "./calls/failed-delivery.ts";
import { FEED_CALLS } from "./calls/event-feed.ts";
import { DESTINATION_CALLS } from "./calls/destination.ts";
import { POLLER_CALLS } from "./calls/poller.ts";
import { ENDPOINT_CALLS } from "./calls/endpoint.ts";
import { IMPORT_CALLS } from "./calls/event-type-import.ts";
import { ENDPOINT_HEALTH_CALLS } from "./calls/endpoint-health.ts";
import { ENVIRONMENT_CALLS } from "./calls/environment.ts";
import { EVENT_TYPE_CALLS } from "./calls/event-type.ts";
import { MESSAGE_CALLS } from "./calls/message.ts";
import { EXPUNGE_CALLS } from "./calls/message-expunge.ts";
import { EXPLANATION_CALLS } from "./calls/message-explanation.ts";
import { PRECHECK_CALLS } from "./calls/message-precheck.ts";
import { ERASURE_CALLS } from "./calls/erase-number.ts";
import { REFUSED_CALLS } from "./calls/refused.ts";
import { RECOVERY_CALLS } from "./calls/recovery.ts";
import { OPERATIONAL_WEBHOOK_CALLS } from "./calls/operational-webhook.ts";
import { OPERATOR_KEY_CALLS } from "./calls/operator-key.ts";
import { REPLAY_CALLS } from "./calls/replay.ts";
import { REQUEST_CALLS } from "./calls/delivery-request.ts";
import { SEARCH_CALLS } from "./calls/search.ts";
import { TEXT_CALLS } from "./calls/text.ts";
import { SESSION_CALLS } from "./calls/session.ts";
import { REKEY_CALLS } from "./calls/rotate-encryption-key.ts";
import { SYSTEM_CALLS } from "./calls/system.ts";
import { OVERVIEW_CALLS } from "./calls/overview.ts";
import { SERIES_CALLS } from "./calls/series.ts";
import { DASHBOARD_SESSION_CALLS } from "./calls/dashboard-session.ts";
import { STATISTICS_CALLS } from "./calls/statistics.ts";
import { HEALTH_CALLS } from "./calls/health.ts";
import { KEY_CALLS } from "./calls/key.ts";
import { STREAM_CALLS } from "./calls/live-stream.ts";
import { LINE_CALLS } from "./calls/line.ts";
import { LINE_LOGIN_CALLS } from "./calls/line-login.ts";

const DESCRIPTION = `The native API, compatible with Svix's: its SDKs work here with \`serverUrl\` set.

A field or a parameter that is not known is refused with 422. Only parameters that Svix has for a
sister list are accepted without effect.
Deliveries are signed by Standard Webhooks: \`webhook-id\`, \`webhook-timestamp\`,
\`webhook-signature\`. Their body is the payload byte for byte as it was published; the header
\`hookline-event-type\` names the type.

${URL_CREDENTIALS}`;

const problems = Type.Array(
  Type.Object({
    loc: Type.Array(Type.String(), { description: "The path of the invalid field." }),
    msg: Type.String(),
    type: Type.String(),
  }),
);

/** All calls, in the order of the document. */
export const CALLS: readonly Call[] = [
  ...APPLICATION_CALLS,
  ...LIMIT_CALLS,
  ...ENDPOINT_CALLS,
  ...ENDPOINT_HEALTH_CALLS,
  ...OPERATIONAL_WEBHOOK_CALLS,
  ...EVENT_TYPE_CALLS,
  ...IMPORT_CALLS,
  ...ENVIRONMENT_CALLS,
  ...MESSAGE_CALLS,
  ...EXPLANATION_CALLS,
  ...PRECHECK_CALLS,
  ...ATTEMPT_CALLS,
  ...FAILED_DELIVERY_CALLS,
  ...EXPUNGE_CALLS,
  ...REQUEST_CALLS,
  ...SEARCH_CALLS,
  ...TEXT_CALLS,
  ...ERASURE_CALLS,
  ...RECOVERY_CALLS,
  ...REPLAY_CALLS,
  ...TASK_CALLS,
  ...STATISTICS_CALLS,
  ...SERIES_CALLS,
  ...OVERVIEW_CALLS,
  ...FEED_CALLS,
  ...STREAM_CALLS,
  ...DESTINATION_CALLS,
  ...POLLER_CALLS,
  ...LINE_CALLS,
  ...LINE_LOGIN_CALLS,
  ...KEY_CALLS,
  ...AUTHENTICATION_CALLS,
  ...SESSION_CALLS,
  ...AUDIT_CALLS,
  ...REFUSED_CALLS,
  ...OPERATOR_KEY_CALLS,
  ...DASHBOARD_SESSION_CALLS,
  ...REKEY_CALLS,
  ...SYSTEM_CALLS,
  ...HEALTH_CALLS,
];

export const DOCUMENT: ApiDocument = {
  title: "Hookline",
  alsoAt: ["/api/v1/openapi.json"],
  description: DESCRIPTION,
  schemes: {
    bearer: {
      type: "http",
      scheme: "bearer",
      description:
        "The admin token, an operator key, a `publish` or `manage` key of one application, or a portal token.",
    },
  },
  calls: CALLS,
  webhooks: Object.values(CATALOGUE).map(({ type, description, schema, example }): ApiWebhook => ({
    name: type,
    summary: description,
    methods: ["POST"],
    body: schema,
    example: JSON.stringify(example),
  })),
  refusal: {
    schema: Type.Object({ code: Type.String(), detail: Type.String() }, { $id: "Refusal" }),
    example: { code: "not_found", detail: 'There is no application "acme".' },
    byStatus: {
      422: {
        schema: Type.Object({ detail: problems }, { $id: "RefusedFields" }),
        example: {
          detail: [{ loc: ["body", "url"], msg: "field required", type: "value_error.missing" }],
        },
      },
    },
  },
};
