/** Signing in to the dashboard and out of it. The cookie is set by the server, and no script reads it. */
import { toApiError } from "./api-error.ts";
import { send } from "./call.ts";
import { credentialHeaders } from "./credential.ts";

const PATH = "/dashboard/session";

/** Throws an `ApiError` for a refusal. */
export async function signIn(by: { readonly token: string } | { readonly key: string }) {
  await ask("POST", PATH, JSON.stringify(by));
}

export async function signOut(isEverywhere: boolean): Promise<void> {
  await ask("DELETE", isEverywhere ? `${PATH}?everywhere=true` : PATH, null);
}

async function ask(method: string, path: string, body: string | null): Promise<void> {
  const response = await send(path, {
    method,
    credentials: "same-origin",
    headers: credentialHeaders(),
    body,
  });
  const text = await response.text();
  if (!response.ok) throw toApiError(response, text);
}
