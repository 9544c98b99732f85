/**
 * Applications with their native endpoints, as another server can import them. Secrets are read on request only.
 * Passwords of URLs, client certificates, keys, lines and messages are never exported.
 */
import type { App } from "../../store/interface/tenancy.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { Page } from "../../store/page.ts";
import { environmentExported } from "../../telemetry/environment-events.ts";
import { getApp } from "../apps/read-apps.ts";
import type { OperationContext } from "../context.ts";
import { decryptHeaders, decryptSecret } from "../endpoints/encrypt-endpoint.ts";

export type ExportedEndpoint = {
  readonly endpoint: Endpoint;
  /** Null without `withSecrets`. */
  readonly secrets: {
    readonly headers: Readonly<Record<string, string>>;
    readonly secret: string | null;
  } | null;
};
export type ExportedApp = { readonly app: App; readonly endpoints: readonly ExportedEndpoint[] };

/** `appRefs` null means all apps. Refuses with `not_found` an app that is unknown. */
export async function* exportApps(
  context: OperationContext,
  p: { readonly appRefs: readonly string[] | null; readonly withSecrets: boolean },
): AsyncGenerator<ExportedApp> {
  const { telemetry } = context;
  if (telemetry !== null) environmentExported(telemetry, { withSecrets: p.withSecrets });
  const apps = p.appRefs === null ? eachApp(context) : eachNamed(context, p.appRefs);
  for await (const app of apps) {
    const endpoints: ExportedEndpoint[] = [];
    for await (const endpoint of eachEndpoint(context, app.id))
      endpoints.push({ endpoint, secrets: p.withSecrets ? secretsOf(context, endpoint) : null });
    yield { app, endpoints };
  }
}

function secretsOf(context: OperationContext, endpoint: Endpoint): ExportedEndpoint["secrets"] {
  return {
    headers: decryptHeaders(context, endpoint),
    secret: decryptSecret(context, endpoint),
  };
}

const WINDOW = { limit: 250, backward: false, ascending: true } as const;

async function* eachApp({ store }: OperationContext): AsyncGenerator<App> {
  for (let after: string | null = null; ;) {
    const page: Page<App> = await store.apps.list({ ...WINDOW, after });
    yield* page.items;
    if (page.done) return;
    after = page.items.at(-1)?.id ?? null;
  }
}

async function* eachNamed(context: OperationContext, refs: readonly string[]): AsyncGenerator<App> {
  for (const ref of refs) yield await getApp(context, ref);
}

async function* eachEndpoint(
  { store }: OperationContext,
  appRef: string,
): AsyncGenerator<Endpoint> {
  for (let after: string | null = null; ;) {
    const asked = { ...WINDOW, after, appRef, dialect: "svix" } as const;
    const page: Page<Endpoint> | null = await store.endpoints.list(asked);
    if (page === null) return;
    yield* page.items;
    if (page.done) return;
    after = page.items.at(-1)?.endpointId ?? null;
  }
}
