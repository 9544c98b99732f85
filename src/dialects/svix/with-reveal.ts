/**
 * A read of one object, and the call that reveals it: the same answer in full for an operator whose answers are
 * masked, once the audit has an entry of it. A viewer and a tenant may not make it.
 */
import type { Static, TObject } from "typebox";
import { recordReveal } from "../../operations/audit/reveal.ts";
import { getEvent } from "../../operations/events/read-events.ts";
import type { Call } from "../call.ts";
import { defineCall, type Given, type Spec } from "./call.ts";
import { asOperator, type AppCall } from "./caller.ts";

export function withReveal<A extends AppCall, Q extends TObject, B extends TObject>(
  read: Spec<A, Q, B>,
  reveal: {
    readonly id: string;
    /** The object in the summary, such as `a text`. */
    readonly of: string;
    /** The ids of the object for the audit. Refuses with `not_found`. */
    findIds(call: A & Given<Static<Q>, Static<B>>): Promise<readonly string[]>;
  },
): readonly Call[] {
  const { portal: _portal, operator: _operator, description: _, ...common } = read;
  return [
    defineCall(read),
    defineCall<A, Q, B>({
      ...common,
      id: reveal.id,
      summary: `Reveal ${reveal.of}`,
      description: `Answers like \`${read.id}\`, also in a session whose numbers and texts are masked. The audit gets an entry with the verb \`reveal\` first.`,
      portal: null,
      operator: "operator",
      method: "POST",
      path: `${read.path}/reveal`,
      reveals: true,
      refusals: [...new Set([...(read.refusals ?? []), "rate_limited" as const])],
      async access(context, request) {
        await asOperator(context, request);
        return await read.access(context, request);
      },
      async handle(call) {
        const ids = await reveal.findIds(call);
        const { context, caller, appRef } = call;
        await recordReveal(context, { caller, appRef, ids });
        return await read.handle(call);
      },
    }),
  ];
}

/** The id of the message in the path. */
export async function findEventIds(
  call: AppCall & Pick<Given<unknown, unknown>, "context" | "params">,
): Promise<readonly string[]> {
  const { context, appRef, params } = call;
  return [(await getEvent(context, { appRef, ref: params.msg })).id];
}
