/**
 * A context whose changes are recorded with their actor. The store writes the entry in the transaction of the
 * change; operations need not know of it.
 */
import { AUDITED } from "../../store/audit/audited.ts";
import type { ActorKind, AuditNote } from "../../store/interface/audit.ts";
import type { Store } from "../../store/store.ts";
import type { OperationContext } from "../context.ts";
import { type Caller, OPERATOR_CALLER_ID } from "../keys/authenticate-caller.ts";

type Method = (p: object) => Promise<unknown>;
type Nouns = Record<string, Record<string, Method>>;

/** Names of the recorded changes, as the noun and the method of the store. */
const RECORDED = Object.entries(AUDITED).flatMap(([name, describe]) => {
  const [noun = "", method = ""] = name.split(".");
  return describe === null ? [] : [{ noun, method }];
});

export function toActing(
  context: OperationContext,
  call: {
    readonly caller: Caller;
    readonly verb: string;
    readonly requestId: string;
    readonly source: string | null;
  },
): OperationContext {
  const { caller, verb, requestId, source } = call;
  const note: AuditNote = {
    at: context.now(),
    requestId,
    actorKind: toActorKind(caller),
    actorId: caller.id,
    actorName: caller.name,
    source: source === null ? null : maskSource(source),
    verb,
  };
  return { ...context, store: recorded(context.store, note) };
}

function recorded(store: Store, audit: AuditNote): Store {
  const given = store as unknown as Nouns;
  const nouns: Nouns = {};
  for (const { noun, method } of RECORDED) {
    const change = given[noun]?.[method];
    if (change === undefined) continue;
    const copy = (nouns[noun] ??= { ...given[noun] });
    copy[method] = (p) => change({ ...p, audit });
  }
  return { ...store, ...nouns };
}

function toActorKind({ id, role, portal, lineId }: Caller): ActorKind {
  if (role !== null) return id === OPERATOR_CALLER_ID ? "admin_token" : "operator_key";
  if (portal !== null) return "portal";
  return lineId === null ? "key" : "line";
}

/** `4/c0000201` → `192.0.2.0/24`: the network of the address, since the rest is about a person. */
function maskSource(source: string): string {
  const [family, hex = ""] = source.split("/");
  if (family === "4") {
    const bytes = hex.padStart(8, "0").match(/../g) ?? [];
    const [a, b, c] = bytes.map((byte) => Number.parseInt(byte, 16));
    return `${a}.${b}.${c}.0/24`;
  }
  const groups = hex.padStart(16, "0").match(/.{4}/g) ?? [];
  const [a, b, c] = groups.map((group) => Number.parseInt(group, 16).toString(16));
  return `${a}:${b}:${c}::/48`;
}
