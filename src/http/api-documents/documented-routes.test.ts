/** The mounted calls and the documented calls are the same in every dialect. */
import assert from "node:assert/strict";
import { test } from "node:test";
import Fastify from "fastify";
import { toLimitValues } from "../../core/limits.ts";
import { createDialects } from "../../dialects/list.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { OperationContext } from "../../operations/context.ts";

/** Mounting calls nothing of the context: routes only keep it. */
const CONTEXT = { store: {}, settings: { limits: toLimitValues() } } as unknown as OperationContext;

const DIALECTS = createDialects({
  zipwhipErrorStatus: "200",
  zipwhipUserAgent: "hookline",
});

for (const dialect of DIALECTS) {
  test(`the mounted and the documented calls of ${dialect.name} are the same`, async () => {
    const mounted = await mountedBy(dialect);
    const documented = dialect.document.calls.flatMap(({ path, methods }) =>
      methods.map((method) => `${method} ${routed(dialect, path)}`),
    );
    assert.ok(mounted.length > 0);
    assert.deepEqual(documented.toSorted(), mounted.toSorted());
  });
}

async function mountedBy(dialect: Dialect): Promise<string[]> {
  const app = Fastify({ exposeHeadRoutes: false });
  const found: string[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) found.push(`${one} ${url}`);
  });
  await app.register((scope, _options, done) => {
    dialect.mount(scope, CONTEXT);
    done();
  });
  await app.close();
  return found;
}

/** A documented path may be routed in another letter case. */
function routed({ rewritePath }: Dialect, path: string): string {
  return rewritePath?.(path) ?? path;
}
