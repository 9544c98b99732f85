/** The webhooks of an account as answers show them, and the limit of unknown types. */
import { refuseField } from "../../../core/error.ts";
import {
  DOCUMENTED_TYPES,
  isKnownType,
  KNOWN_TYPES,
  MOST_UNKNOWN_TYPES,
} from "../webhooks/webhook-types.ts";
import { toList } from "./webhook-set.ts";
import type { Entry, WebhookSet } from "./webhook-set.ts";

/** Refuses a set with webhooks of too many unknown types. */
export function withinLimit(set: WebhookSet): WebhookSet {
  const unknown = unknownTypes(set).length;
  if (unknown <= MOST_UNKNOWN_TYPES) return set;
  const message = `${unknown} unknown types would have webhooks; at most ${MOST_UNKNOWN_TYPES} are allowed`;
  throw refuseField("invalid_field", ["webhooks"], message);
}

/** Unknown types with webhooks, sorted by name. */
function unknownTypes(set: WebhookSet): readonly string[] {
  const types = [...set.lists.keys()].filter((type) => !isKnownType(type));
  return types.filter((type) => toList(set, type).length > 0).toSorted();
}

export function webhooksOut(set: WebhookSet): object {
  const documented: readonly string[] = DOCUMENTED_TYPES;
  const shown = [...KNOWN_TYPES, ...unknownTypes(set)].filter(
    (type) => documented.includes(type) || toList(set, type).length > 0,
  );
  const lists = shown.map((type) => [type, toList(set, type).map(entryOut)]);
  return {
    ...Object.fromEntries(lists),
    ...(set.globalSecret === null ? undefined : { globalSecret: set.globalSecret }),
  };
}

function entryOut({ form, shownUrl, secret, numbers }: Entry): string | object {
  if (form === "string") return shownUrl;
  return {
    url: shownUrl,
    ...(secret === null ? undefined : { secret }),
    ...(numbers === null ? undefined : { sendblue_numbers: numbers }),
  };
}
