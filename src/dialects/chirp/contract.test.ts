import { testDialect } from "../../../test/contract/dialect.ts";
import { createChirp } from "./dialect.ts";

testDialect({
  dialect: createChirp(),
  accepts: ["app"],
  async probe(api, { headers }) {
    const response = await fetch(`${api.url}/v1/webhooks`, { headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
  },
  isUnauthenticated: ({ status, body }) =>
    status === 401 && (body as { error: { type: string } }).error.type === "authentication_error",
});
