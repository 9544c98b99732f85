import { testDialect } from "../../../test/contract/dialect.ts";
import { createSendblue } from "./dialect.ts";

testDialect({
  dialect: createSendblue(),
  accepts: ["sendblue"],
  async probe(api, { headers }) {
    const response = await fetch(`${api.url}/api/account/webhooks`, { headers });
    const text = await response.text();
    const { status } = response;
    return { status, headers: response.headers, text, body: JSON.parse(text) };
  },
  isUnauthenticated: ({ status }) => status === 401,
});
