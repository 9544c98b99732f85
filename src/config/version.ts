import { createRequire } from "node:module";

/** The version in package.json, wherever the compiled program lies below it. */
export const VERSION: string = (
  createRequire(import.meta.url)("#package.json") as { readonly version: string }
).version;
