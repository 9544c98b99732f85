/** Destinations of an application: filtered views of its feed, which receivers without a public address poll. */
import type { Poller } from "../../../operations/context.ts";
import {
  createPoller,
  deletePoller,
  updatePoller,
} from "../../../operations/pollers/change-pollers.ts";
import {
  findPoller,
  getPoller,
  listPollers,
  unknownPoller,
} from "../../../operations/pollers/read-pollers.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import {
  DESTINATION_DEFAULTS,
  destination,
  destinationIn,
  destinationOut,
  destinationPatch,
  EXAMPLE,
  EXAMPLE_IN,
  toDestinationFields,
} from "./destination-model.ts";
import {
  answer,
  CHANGING,
  DELETING,
  MAKING,
  NOTHING,
  READING,
  toPageAnswer,
} from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { createPaging } from "./list-query.ts";
import { newUid } from "./model-rules.ts";
import { byId, sendPage } from "./paging.ts";

const made = answer("The destination was created.", destination, EXAMPLE);
const found = answer("The destination.", destination, EXAMPLE);

const paging = createPaging({ isCursor: byId.poller, order: "choose_oldest" });
const all = {
  tag: "Destination",
  path: "/api/v1/app/:app/destination",
  access: asManager,
} as const;
const one = { ...all, path: `${all.path}/:destination` } as const;

export const DESTINATION_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listDestinations",
    summary: "List destinations",
    portal: "ViewBase",
    operator: "viewer",
    method: "GET",
    query: paging.toQuery({}),
    answers: toPageAnswer("A page of destinations.", "Destinations", {
      schema: destination,
      example: EXAMPLE,
    }),
    refusals: READING,
    async handle({ context, appRef, query, reply }) {
      const page = await listPollers(context, { ...paging.toPageRequest(query), appRef });
      return sendPage(reply, page, {
        id: (poller) => poller.id,
        text: (poller) => JSON.stringify(destinationOut(poller)),
      });
    },
  }),
  defineCall({
    ...all,
    id: "createDestination",
    summary: "Create a destination",
    description:
      "Nothing is sent to it: a receiver polls the messages that are accepted after the answer.",
    portal: "ManageEndpoint",
    operator: "operator",
    method: "POST",
    idempotent: true,
    body: destinationIn,
    example: { body: { ...EXAMPLE_IN, uid: "archive" } },
    answers: { 201: made },
    refusals: [...MAKING, "limit_reached"],
    async handle({ context, appRef, body, idempotencyKey }) {
      const fields = { ...DESTINATION_DEFAULTS, ...toDestinationFields(body) };
      return destinationOut(
        await createPoller(context, { appRef, fields, idempotencyKey: idempotencyKey() }),
      );
    },
  }),
  defineCall({
    ...one,
    id: "getDestination",
    summary: "Get a destination",
    portal: "ViewBase",
    operator: "viewer",
    method: "GET",
    answers: { 200: found },
    refusals: READING,
    async handle({ context, appRef, params: { destination: ref } }) {
      return destinationOut(await getPoller(context, { appRef, ref }));
    },
  }),
  defineCall({
    ...one,
    id: "putDestination",
    summary: "Replace a destination, or create it",
    description: "An omitted field takes its default; consumers keep their positions.",
    portal: "ManageEndpoint",
    operator: "operator",
    method: "PUT",
    body: destinationIn,
    example: { body: EXAMPLE_IN },
    answers: { 200: found, 201: made },
    refusals: [...CHANGING, "limit_reached"],
    async handle({ context, appRef, params: { destination: ref }, body, reply }) {
      const fields = { ...DESTINATION_DEFAULTS, ...toDestinationFields(body) };
      const { value, created } = await upsertResource<Poller>({
        find: () => findPoller(context, { appRef, ref }),
        async create() {
          if (byId.poller(ref)) throw unknownPoller(ref);
          const uid = newUid(fields.uid, { name: "destination", ref, prefix: "poll_" });
          const nothing = { idempotencyKey: null };
          return await createPoller(context, { appRef, fields: { ...fields, uid }, ...nothing });
        },
        async update(before) {
          // A put under a uid, without a uid in the body, keeps the uid.
          const uid = fields.uid ?? (ref === before.uid ? ref : null);
          const change = { ...fields, uid };
          return await updatePoller(context, { appRef, ref: before.id, change });
        },
      });
      reply.code(created ? 201 : 200);
      return destinationOut(value);
    },
  }),
  defineCall({
    ...one,
    id: "patchDestination",
    summary: "Change a destination",
    portal: "ManageEndpoint",
    operator: "operator",
    method: "PATCH",
    body: destinationPatch,
    example: { body: { channels: ["north"] } },
    answers: { 200: found },
    refusals: CHANGING,
    async handle({ context, appRef, params: { destination: ref }, body }) {
      const change = toDestinationFields(body);
      return destinationOut(await updatePoller(context, { appRef, ref, change }));
    },
  }),
  defineCall({
    ...one,
    id: "deleteDestination",
    summary: "Delete a destination",
    description: "Its consumers lose their positions; messages stay.",
    portal: "ManageEndpoint",
    operator: "operator",
    method: "DELETE",
    answers: NOTHING,
    refusals: DELETING,
    handle: ({ context, appRef, params: { destination: ref } }) =>
      deletePoller(context, { appRef, ref }),
  }),
];
