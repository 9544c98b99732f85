import { testDialect } from "../contract.ts";
import { svix } from "./dialect.ts";

testDialect({
  dialect: svix,
  accepts: ["admin", "publish", "manage"],
  probe: (api, { app, headers }) => api.call("GET", `/app/${app}`, { token: null, headers }),
  isUnauthenticated: ({ status }) => status === 401,
});
