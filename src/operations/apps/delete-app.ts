/**
 * Deletes an app with everything in it. Returns only when no attempt of its endpoints can start any more, as
 * when each of them is deleted (I11).
 */
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { OperationContext } from "../context.ts";

const PAGE = 250;

/** Refuses with `not_found` an unknown app. */
export async function deleteApp(context: OperationContext, ref: string): Promise<void> {
  const { apps, endpoints } = context.store;
  const versions = await loadVersions(context, ref);
  if (!(await apps.delete({ ref, now: context.now() }))) throw unknownApp(ref);
  // Deleting adds one version to each endpoint. One created in between has sent nothing that must stop.
  const stopped = versions.map(({ endpointId, version }) =>
    endpoints.acknowledged({ endpointId, version: version + 1 }),
  );
  await Promise.all(stopped);
}

type Version = { readonly endpointId: string; readonly version: number };

async function loadVersions({ store }: OperationContext, appRef: string): Promise<Version[]> {
  const versions: Version[] = [];
  let after: string | null = null;
  for (;;) {
    const window = { after, limit: PAGE, backward: false, ascending: true };
    const page = await store.endpoints.list({ ...window, appRef, dialect: null });
    if (page === null) return versions;
    versions.push(...page.items);
    after = page.items.at(-1)?.endpointId ?? null;
    if (page.done) return versions;
  }
}
