/** The environment in exports and imports: Svix's model, with the applications as an additional field. */
import Type from "typebox";
import { refine } from "../../request-schema.ts";
import { application, applicationIn } from "./application-model.ts";
import { body, EXAMPLE_TIME, instant, shown } from "./document-fields.ts";
import { endpointIn } from "./endpoint-model.ts";
import { endpoint } from "./endpoint-out.ts";
import { EXAMPLE as EXAMPLE_EVENT_TYPE, eventType, eventTypeIn } from "./event-type-model.ts";

/** An exported object can be imported unchanged, so times and ids of the other server are accepted. */
const times = { createdAt: Type.Optional(Type.String()), updatedAt: Type.Optional(Type.String()) };
const exported = {
  ...times,
  id: Type.Optional(
    Type.String({
      maxLength: 64,
      description: "The id on the other server, for an object without uid.",
    }),
  ),
};

const toList = (description: string) =>
  Type.Optional(
    refine(
      Type.Unknown({ description }),
      (given) => given === null || Array.isArray(given),
      "must be a list, or be null",
    ),
  );
const toNone = (name: string) =>
  Type.Optional(
    refine(
      Type.Unknown({ description: `${name} are not supported: null or an empty list.` }),
      (given) => given === null || (Array.isArray(given) && given.length === 0),
      `must be null or an empty list: ${name} are not supported`,
    ),
  );

export const environmentIn = body("EnvironmentIn", {
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1 })),
  createdAt: times.createdAt,
  eventTypes: toList("Event types, as in `createEventType`."),
  settings: toNone("Settings"),
  connectors: toNone("Connectors"),
  applications: toList("Applications, as in `createApplication`, each with `endpoints`."),
});
export const eventTypeItem = body("EnvironmentEventTypeIn", {
  ...eventTypeIn.properties,
  ...times,
});
export const applicationItem = body("EnvironmentApplicationIn", {
  ...applicationIn.properties,
  ...exported,
  endpoints: toList("Endpoints, as in `createEndpoint`."),
});
export const endpointItem = body("EnvironmentEndpointIn", {
  ...endpointIn.properties,
  ...exported,
});

export const environmentOut = shown("EnvironmentOut", {
  version: Type.Integer(),
  createdAt: instant("Time of the export."),
  eventTypes: Type.Array(eventType),
  settings: Type.Null(),
  connectors: Type.Array(Type.Unknown(), { maxItems: 0 }),
  applications: Type.Array(
    Type.Object({
      ...application.properties,
      endpoints: Type.Array(
        Type.Object({
          ...endpoint.properties,
          headers: Type.Optional(Type.Record(Type.String(), Type.String())),
          secret: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
});
export const EXAMPLE_ENVIRONMENT = {
  version: 1,
  createdAt: EXAMPLE_TIME,
  eventTypes: [EXAMPLE_EVENT_TYPE],
  settings: null,
  connectors: [],
  applications: [],
};
