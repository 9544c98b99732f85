import { createRequire } from "node:module";

/** The version in package.json, which is above both the sources and the compiled program. */
export const VERSION: string = (
  createRequire(import.meta.url)("#package.json") as { readonly version: string }
).version;
