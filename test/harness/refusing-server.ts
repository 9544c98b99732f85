/** A real listener with one dialect. Its only call refuses with the requested code. */
import { randomBytes } from "node:crypto";
import { AppError } from "../../src/core/error.ts";
import type { ErrorCode } from "../../src/core/error.ts";
import { createIdSource } from "../../src/core/ids/ids.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { toLimitValues } from "../../src/core/limits.ts";
import type { OperationContext } from "../../src/operations/context.ts";

export type RefusingServer = AsyncDisposable & {
  refuse(code: ErrorCode): Promise<{ readonly response: Response; readonly text: string }>;
};

export const REFUSAL_TEXT = "This request is refused by the test.";

export async function startRefusing(dialect: Dialect): Promise<RefusingServer> {
  const path = `${dialect.prefixes[0]}/refuse`;
  const ids = createIdSource({ now: Date.now, randomBytes });
  const server = createHttpServer({
    dialects: [
      {
        ...dialect,
        mount(scope) {
          scope.get<{ Params: { code: ErrorCode } }>(`${path}/:code`, ({ params }) => {
            throw new AppError(params.code, REFUSAL_TEXT);
          });
        },
      },
    ],
    // The parts of the context that a listener reads without a health check.
    context: {
      ids,
      telemetry: null,
      live: { stop: () => undefined },
      settings: { limits: toLimitValues() },
    } as unknown as OperationContext,
    version: "0.0.0",
    settings: {
      host: "127.0.0.1",
      port: 0,
      admin: null,
      trustProxy: [],
      corsOrigins: "*",
      portalFrameAncestors: "*",
      portalName: "",
      portalLogo: "",
      portalAccent: "",
      portalReturnUrl: "",
    },
  });
  const { url } = await server.listen();
  return {
    async refuse(code) {
      const response = await fetch(`${url}${path}/${code}`);
      return { response, text: await response.text() };
    },
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}
