/** Limits of an app: the numbers that hold for it, their use, and its own numbers. */
import { type AppLimitName, LIMITS, type LimitName, limitOf } from "../../core/limits.ts";
import type { Limit } from "../../core/limits/limit.ts";
import type { AppLimits } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

export type AppLimit = Pick<Limit, "name" | "bounds" | "unit"> & {
  /** The number that holds for the app. */
  readonly limit: number;
  /** On this node, if each node counts. Null for a limit on one call. */
  readonly used: number | null;
  /** Whether the app has its own number instead of the server's. */
  readonly isOwn: boolean;
};

/** The limits per app, in the order of the table. Refuses with `not_found`. */
export async function readAppLimits(
  context: OperationContext,
  ref: string,
): Promise<readonly AppLimit[]> {
  return toList(context, ref, await context.store.apps.limits({ ref }));
}

/** Null returns to the server's number, and absent limits stay. Refuses with `not_found`. */
export async function setAppLimits(
  context: OperationContext,
  p: { readonly ref: string; readonly change: { readonly [K in AppLimitName]?: number | null } },
): Promise<readonly AppLimit[]> {
  const changed = await context.store.apps.setLimits({ ...p, now: context.now() });
  return toList(context, p.ref, changed);
}

function toList(
  { settings, usedOnNode }: OperationContext,
  ref: string,
  stored: AppLimits | null,
): readonly AppLimit[] {
  if (stored === null) throw unknownApp(ref);
  const { own } = stored;
  const used = { ...stored.used, ...usedOnNode(stored.appId) };
  return Object.entries(LIMITS)
    .filter(([, { per }]) => per === "app")
    .map(([key, { name, bounds, unit }]) => ({
      name,
      bounds,
      unit,
      limit: limitOf(settings.limits, own, key as AppLimitName),
      used: used[key as LimitName] ?? null,
      isOwn: Object.hasOwn(own, key),
    }));
}
