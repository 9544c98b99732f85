/**
 * Which changes of the store are recorded, and the ids of each. A call passes a note of its actor beside the
 * parameters of a change; the entry is then written in the same transaction, and only when something changed.
 * This is the only place that writes entries, so no change can be forgotten: the list has every change.
 */
import type { AuditNote, Starter } from "../interface/audit.ts";
import type { Steps, WriteSession } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";

/** The ids that a change touched; null when it changed nothing. */
type Effect = readonly string[] | null;
type Describe = (p: never, result: never) => Effect;

type Named = { readonly id: string };
type Repeatable<T> = { readonly repeated: boolean; readonly value: T } | null;

const own = (_p: unknown, result: Named | null): Effect => result && [result.id];
const ownUnlessRepeated = (_p: unknown, result: Repeatable<Named>): Effect =>
  result === null || result.repeated ? null : [result.value.id];
const whenDone =
  <P>(ids: (p: P) => readonly string[]) =>
  (p: P, result: unknown): Effect =>
    result === null || result === false ? null : ids(p);
type EndpointId = { readonly endpointId: string };
const ofEndpoint = (_p: unknown, result: Repeatable<EndpointId>): Effect =>
  result === null || result.repeated ? null : [result.value.endpointId];
const ofType = (_p: unknown, { eventType }: { eventType: { name: string } }): Effect => [
  eventType.name,
];

/** Null for changes that are not of configuration: traffic, sessions, upkeep and the engine's. */
export const AUDITED = {
  "apps.create": ownUnlessRepeated,
  "apps.getOrCreate": (_p: unknown, r: { app: Named; created: boolean }) =>
    r.created ? [r.app.id] : null,
  "apps.seedOperator": null,
  "apps.update": own,
  "apps.setLimits": whenDone(() => []),
  "apps.delete": whenDone(() => []),
  "eventTypes.create": (p: { eventType: { name: string } }, r: { repeated: boolean }) =>
    r.repeated ? null : [p.eventType.name],
  "eventTypes.seed": null,
  "eventTypes.upsert": ofType,
  "eventTypes.update": whenDone((p: { name: string }) => [p.name]),
  "eventTypes.delete": whenDone((p: { name: string }) => [p.name]),
  "keys.create": (p: { key: Named }, made: Named) => (made.id === p.key.id ? [made.id] : null),
  "keys.revoke": whenDone((p: { keyId: string }) => [p.keyId]),
  "lines.create": (p: { line: Named }, made: Named) => (made.id === p.line.id ? [made.id] : null),
  "lines.assignUsername": own,
  // The path may have the number, which is no id.
  "lines.delete": whenDone(() => []),
  "lines.createLogin": own,
  "lines.deleteLogin": whenDone((p: { loginId: string }) => [p.loginId]),
  "lines.openSession": null,
  "lines.endSession": null,
  "operatorKeys.create": whenDone((p: { key: Named }) => [p.key.id]),
  "operatorKeys.delete": whenDone((p: Named) => [p.id]),
  "audit.reveal": whenDone((p: { ids: readonly string[] }) => p.ids),
  "dashboard.open": null,
  "dashboard.grant": null,
  "dashboard.exchange": null,
  "dashboard.extend": null,
  "dashboard.end": null,
  "dashboard.endAll": null,
  "dashboard.endOthers": whenDone(() => []),
  "portal.grant": whenDone((p: { token: Named; link: Named }) => [p.token.id, p.link.id]),
  "portal.exchange": null,
  "portal.end": null,
  "portal.expireAll": whenDone(() => []),
  "endpoints.create": ofEndpoint,
  "endpoints.update": (_p: unknown, changed: EndpointId | null) => changed && [changed.endpointId],
  "endpoints.rotateSecret": ofEndpoint,
  "endpoints.changeSet": (_p: unknown, changed: readonly EndpointId[] | null) =>
    changed === null ? null : changed.map(({ endpointId }) => endpointId),
  "history.expungeEvent": whenDone((p: { eventId: string }) => [p.eventId]),
  "history.expungeAttempt": whenDone((p: { eventId: string; attemptId: string }) => [
    p.eventId,
    p.attemptId,
  ]),
  "pollers.create": ownUnlessRepeated,
  "pollers.update": own,
  "pollers.delete": whenDone(() => []),
  "pollers.moveConsumer": whenDone((p: { pollerId: string }) => [p.pollerId]),
  "jobs.create": ownUnlessRepeated,
  "jobs.createGroup": (_p: unknown, r: Repeatable<{ groupId: string }>) =>
    r === null || r.repeated ? null : [r.value.groupId],
  "jobs.eraseNumber": own,
  "jobs.purgeContent": own,
  "jobs.createStatistics": null,
  "jobs.cancel": own,
  "jobs.cancelGroup": whenDone((p: { groupId: string }) => [p.groupId]),
  "jobs.step": null,
  "fanOuts.step": null,
  "encryption.registerKeys": null,
  "encryption.reencrypt": null,
  "encryption.finishRotation": (p: { fingerprint: string }) => [p.fingerprint],
  "series.append": null,
  "shards.recover": null,
  "queue.record": null,
  "queue.release": null,
  "queue.replay": (_p: unknown, r: { eventId: string; endpointId: string } | null) =>
    r && [r.eventId, r.endpointId],
  "queue.skipOverdue": null,
  "queue.expireBehindBreaker": null,
} as const satisfies Readonly<Record<string, Describe | null>>;

type Params = { readonly audit?: AuditNote; readonly appRef?: string; readonly ref?: string };
type Rule<S> = (s: S, p: never) => Steps<unknown>;

/** The change with its entry. A call without a note costs one comparison. */
export function withAudit<S extends WriteSession>(name: string, rule: Rule<S>): Rule<S> {
  const describe = AUDITED[name as keyof typeof AUDITED] as
    | ((p: unknown, result: unknown) => Effect)
    | null;
  if (describe === null) return rule;
  return function* (s, given: Params) {
    const { audit, ...p } = given;
    if (audit === undefined) return yield* rule(s, given as never);
    // Before the change, since an application that it deletes is not found afterwards.
    const appId = yield* findAppId(s, name, p);
    const known = STARTERS.has(name) ? { ...p, startedBy: toStarter(audit) } : p;
    const result = yield* rule(s, known as never);
    const ids = describe(p, result);
    if (ids === null) return result;
    const entry = { ...audit, appId: appId ?? toOwnApp(name, ids), ids: JSON.stringify(ids) };
    yield* s.insert("audit_entry", [entry]);
    return result;
  };
}

/** The changes that keep their actor with the row that they make. */
const STARTERS: ReadonlySet<string> = new Set(["jobs.create", "jobs.createGroup"]);

function toStarter({ actorKind: kind, actorId: id, actorName: name }: AuditNote): Starter {
  return { kind, id, name };
}

function* findAppId(s: WriteSession, name: string, p: Params): Steps<string | null> {
  const key = (p as { readonly key?: { readonly appId?: string } }).key?.appId;
  const line = (p as { readonly line?: { readonly appId?: string } }).line?.appId;
  const ref = p.appRef ?? key ?? line ?? (name.startsWith("apps.") ? p.ref : undefined);
  // Null stands for all applications; then the change is recorded without one.
  if (typeof ref !== "string") return null;
  return (yield* findApp(s, ref))?.id ?? null;
}

/** For the call that makes an application, it is the new one. */
function toOwnApp(name: string, ids: readonly string[]): string | null {
  return name.startsWith("apps.") ? (ids[0] ?? null) : null;
}
