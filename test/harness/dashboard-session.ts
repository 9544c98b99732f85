/** Signs in to the dashboard, as its page does. */
import assert from "node:assert/strict";

/** The headers with which requests act in the session. */
export type DashboardHeaders = Readonly<Record<"cookie" | "x-hookline-ui", string>>;

export async function signIn(
  { url }: { readonly url: string },
  token: string,
): Promise<DashboardHeaders> {
  const headers = { "x-hookline-ui": "1" };
  const body = JSON.stringify({ token });
  const response = await fetch(`${url}/dashboard/session`, { method: "POST", headers, body });
  assert.equal(response.status, 200);
  const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  return { ...headers, cookie };
}
