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

/** The methods of the recorded changes, by the noun of the store. */
const RECORDED = new Map<string, ReadonlySet<string>>();
for (const [name, describe] of Object.entries(AUDITED)) {
  const [noun = "", method = ""] = name.split(".");
  if (describe === null) continue;
  RECORDED.set(noun, new Set([...(RECORDED.get(noun) ?? []), method]));
}

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

/** A request changes one or two things, so a noun is wrapped at its first use. */
function recorded(store: Store, audit: AuditNote): Store {
  return new Proxy(store, {
    get(given, noun, receiver) {
      const methods = typeof noun === "string" ? RECORDED.get(noun) : undefined;
      const value = Reflect.get(given, noun, receiver) as Record<string, Method>;
      return methods === undefined ? value : recordedNoun(value, methods, audit);
    },
  });
}

function recordedNoun(
  given: Record<string, Method>,
  methods: ReadonlySet<string>,
  audit: AuditNote,
): Record<string, Method> {
  return new Proxy(given, {
    get(noun, name, receiver) {
      const method = Reflect.get(noun, name, receiver) as Method;
      if (typeof name !== "string" || !methods.has(name)) return method;
      return (p: object) => method({ ...p, audit });
    },
  });
}

export function toActorKind({ id, role, portal, lineId }: Caller): ActorKind {
  if (role !== null) return id === OPERATOR_CALLER_ID ? "admin_token" : "operator_key";
  if (portal !== null) return "portal";
  return lineId === null ? "key" : "line";
}

/** `4/c0000201` → `192.0.2.0/24`: the network of the address, since the rest is about a person. */
export function maskSource(source: string): string {
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
