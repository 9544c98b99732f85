/** A thread that loads the documentation library, returns the content it serves, and ends. */
import { promisify } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { gzip } from "node:zlib";
import scalar from "@scalar/fastify-api-reference";
import type { FastifyApiReferenceOptions } from "@scalar/fastify-api-reference";
import Fastify from "fastify";
import type { ReadBundle } from "./docs-page.ts";

const PREFIX = "/docs";

const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
await app.register(scalar, {
  routePrefix: PREFIX,
  configuration: workerData as NonNullable<FastifyApiReferenceOptions["configuration"]>,
});
const page = await app.inject(`${PREFIX}/`);
const script = await app.inject(`${PREFIX}/js/scalar.js`);
if (page.statusCode !== 200 || script.statusCode !== 200) {
  throw new Error(`the documentation library answers ${page.statusCode} and ${script.statusCode}`);
}
const scriptGzip = await promisify(gzip)(script.rawPayload);
parentPort?.postMessage({ html: page.body, scriptGzip } satisfies ReadBundle);
