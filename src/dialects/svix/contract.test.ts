import { testDialect } from "../../../test/contract/dialect.ts";
import { createSvix } from "./dialect.ts";

testDialect({
  dialect: createSvix(),
  accepts: ["admin", "publish", "manage"],
  probe: (api, { app, headers }) => api.call("GET", `/app/${app}`, { token: null, headers }),
  isUnauthenticated: ({ status }) => status === 401,
});
