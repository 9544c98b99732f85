/**
 * Who the contact of an event is. A person of WhatsApp has a number, a user id, or both, and a platform may
 * learn the second one at any time (decisions/026). The rows of a contact and of its conversations have one
 * address: the number, or the user id while no number is known. A user id has an alias, which leads there.
 */
import type { Refusal } from "../decide-types.ts";
import { LIMITS } from "../limits.ts";
import { limitRefusal } from "../limits/limit.ts";
import type { Contact, Conversation } from "../snapshot.ts";

/** How an event names its contact. Both are equal when the user id is the only address. */
export type NamedContact = { readonly contact: string | null; readonly userId: string | null };

/** The rows of the addresses that an event names. */
export type KnownContacts = {
  /** The contact at the named address. */
  readonly named: Contact | null;
  /** The address to which the alias of the user id leads; null when the user id is unknown. */
  readonly alias: string | null;
  /** The contact at that address. */
  readonly aliased: Contact | null;
};

export type Identity = {
  readonly kind: "identity";
  /** The address of the contact after the event; null when the event has no contact. */
  readonly address: string | null;
  /** The contact as it is known, joined if the event shows that two are one person. */
  readonly contact: Contact | null;
  /** Whether `contact` differs from its row. */
  readonly isJoined: boolean;
  /** The address whose row of a contact goes, because it is another one's by now. */
  readonly left: string | null;
  /** The user id whose alias leads to `address` from now on. */
  readonly linked: string | null;
};

/** Returns the identity by an address alone; an event for one endpoint changes nothing. */
export function plainIdentity(address: string | null, contact: Contact | null): Identity {
  return { kind: "identity", address, contact, isJoined: false, left: null, linked: null };
}

/** Can refuse with `conflict` and `limit_reached`. */
export function identify(
  { contact: given, userId }: NamedContact,
  { named, alias, aliased }: KnownContacts,
): Identity | Refusal {
  if (userId === null) return plainIdentity(given, named);
  if (given === null || given === userId) {
    const found = plainIdentity(alias ?? userId, aliased);
    return alias === null ? { ...found, linked: userId } : found;
  }
  if (alias === given) return plainIdentity(given, named);
  if (alias !== null && alias !== userId) return refuse("conflict", OTHER_NUMBER);
  const contact = join({ number: given, userId, named, user: alias === null ? null : aliased });
  const most = LIMITS.userIdsPerContact;
  if ((contact?.userIds?.length ?? 0) > most.value) {
    return refuse("limit_reached", limitRefusal(most, most.value));
  }
  const left = alias === null ? null : userId;
  return { kind: "identity", address: given, contact, isJoined: true, left, linked: userId };
}

/**
 * Joins the conversations of one person with one line: `present` is stored under the address, the others are
 * stored under former ones. An opt-out under any of them holds, and so does one that outlived its erasure.
 */
export function joinConversations(
  present: Conversation | null,
  former: readonly Conversation[],
  wasOptedOut = false,
): Conversation | null {
  const all = present === null ? former : [present, ...former];
  const [first] = all;
  if (first === undefined || former.length === 0) return present;
  const optedOut = wasOptedOut || all.some((one) => one.optedOut);
  return { fingerprint: first.fingerprint, optedOut };
}

const OTHER_NUMBER =
  "The user id of the contact belongs to another number of this application. A person with a new number has a new user id; correct the event, or leave one of both out.";

/** Null when neither is known: the event creates the contact. */
function join(p: {
  readonly number: string;
  readonly userId: string;
  readonly named: Contact | null;
  readonly user: Contact | null;
}): Contact | null {
  const { number, userId, named, user } = p;
  if (named === null && user === null) return null;
  const isNamedOlder = (named?.createdAt ?? 0) <= (user?.createdAt ?? 0);
  const [older, younger] = isNamedOlder && named !== null ? [named, user] : [user ?? named, named];
  const base = older as Contact;
  const { createdAt } = base;
  const former = [...(named?.formerAddresses ?? []), ...(user === null ? [] : [userId])];
  return {
    contactId: base.contactId,
    number,
    firstName: base.firstName ?? younger?.firstName ?? null,
    lastName: base.lastName ?? younger?.lastName ?? null,
    companyName: base.companyName ?? younger?.companyName ?? null,
    tags: base.tags.length > 0 ? base.tags : (younger?.tags ?? []),
    deletedAt: named !== null && user !== null ? earlierEnd(named, user) : base.deletedAt,
    ...(createdAt === undefined ? undefined : { createdAt }),
    userIds: [...new Set([...(named?.userIds ?? []), userId])],
    ...(former.length === 0 ? undefined : { formerAddresses: former }),
  };
}

/** Deleted only if both are. */
function earlierEnd(one: Contact, other: Contact): number | null {
  if (one.deletedAt === null || other.deletedAt === null) return null;
  return Math.min(one.deletedAt, other.deletedAt);
}

function refuse(code: Refusal["code"], message: string): Refusal {
  return { kind: "refused", code, path: ["payload"], message };
}
