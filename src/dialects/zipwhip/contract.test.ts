import { parseJson } from "../../core/json/json.ts";
import { testDialect } from "../../../test/contract/dialect.ts";
import { createZipwhip } from "./dialect.ts";

testDialect({
  dialect: createZipwhip({ zipwhipErrorStatus: "200", zipwhipUserAgent: "hookline" }),
  accepts: ["session"],
  // A session is a parameter and not a header, so the header's value is sent as the parameter too.
  probe: async (api, { headers }) => {
    const shown = headers["authorization"]?.replace(/^Bearer /, "") ?? headers["sb-api-secret-key"];
    const query = shown === undefined ? "" : `?session=${encodeURIComponent(shown)}`;
    const response = await fetch(`${api.url}/webhook/list${query}`, { headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  },
  // Refusals have status 200, so only the sentence identifies them.
  isUnauthenticated: ({ body }) => {
    const { success, response } = body as { success: boolean; response: unknown };
    return !success && /session is missing|Invalid session key/.test(String(response));
  },
});
