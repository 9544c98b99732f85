/** Limits of an application. Its keys can read them, and only the operator can change them. */
import Type from "typebox";
import { APP_LIMITS, type AppLimitName, LIMITS } from "../../../core/limits.ts";
import type { Limit } from "../../../core/limits/limit.ts";
import { type AppLimit, readAppLimits, setAppLimits } from "../../../operations/apps/app-limits.ts";
import { explainUnknown } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { answer, body, flag, nullable, READING, shown } from "./document-fields.ts";

const limitOut = shown("AppLimit", {
  name: Type.String({ description: "The name, which a refusal shows." }),
  description: Type.String(),
  limit: Type.Integer({ description: "The number that holds for the application." }),
  used: nullable(
    Type.Integer({
      description:
        "The use; of the answering node, if each node counts. Null where nothing is counted.",
    }),
  ),
  unit: Type.String(),
  isOwn: flag("Whether the application has its own number instead of the server's."),
});
const limitsOut = shown("AppLimits", { limits: Type.Array(limitOut) });

/** Fields by the names of the limits. */
const numbers = Object.fromEntries(
  APP_LIMITS.map((key) => {
    const { name, bounds, range }: Limit = LIMITS[key];
    const [minimum, maximum] = range;
    const number = Type.Integer({ minimum, maximum, description: bounds });
    return [name, Type.Optional(nullable(number))];
  }),
);
const limitsIn = body("AppLimitsIn", {
  limits: explainUnknown(
    `must be one of ${Object.keys(numbers).join(", ")}`,
    Type.Object(numbers, {
      additionalProperties: false,
      description: "Null returns to the server's number. An omitted limit stays as it is.",
    }),
  ),
});

const { name, bounds, unit } = LIMITS.endpoints;
const EXAMPLE = {
  limits: [{ name, description: bounds, limit: 500, used: 12, unit, isOwn: true }],
};
const one = { tag: "Application", path: "/api/v1/app/:app/limits" } as const;
const answers = { 200: answer("All limits of the application.", limitsOut, EXAMPLE) };

export const LIMIT_CALLS: readonly Call[] = [
  defineCall({
    ...one,
    id: "getApplicationLimits",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Get the limits of an application",
    description: "Shows the number and the use of each limit. A refusal names the limit.",
    method: "GET",
    access: asAppCaller("manage"),
    answers,
    refusals: READING,
    handle: async ({ context, appRef }) => limitsAnswer(await readAppLimits(context, appRef)),
  }),
  defineCall({
    ...one,
    id: "putApplicationLimits",
    portal: null,
    operator: "operator",
    summary: "Set the limits of an application",
    description:
      "Existing data above a lowered limit stays, and only additions are refused. Requires the admin token.",
    method: "PUT",
    access: asAppCaller("operator"),
    body: limitsIn,
    example: { body: { limits: { [name]: 500, [LIMITS.pendingBytes.name]: null } } },
    answers,
    refusals: [...READING, "unknown_field"],
    async handle({ context, appRef, body: { limits: given } }) {
      return limitsAnswer(await setAppLimits(context, { ref: appRef, change: toChange(given) }));
    },
  }),
];

function toChange(given: { readonly [name: string]: number | null | undefined }) {
  const change: { [K in AppLimitName]?: number | null } = {};
  for (const key of APP_LIMITS) {
    const value = given[LIMITS[key].name];
    if (value !== undefined) change[key] = value;
  }
  return change;
}

function limitsAnswer(limits: readonly AppLimit[]): object {
  return { limits: limits.map(({ bounds: description, ...rest }) => ({ ...rest, description })) };
}
