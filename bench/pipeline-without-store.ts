/**
 * The built program with one file replaced: the file that opens the store returns `no-store.ts`, which keeps
 * nothing. The rest is the real program: listener, checks, decisions, engine, signatures.
 */
import { registerHooks } from "node:module";
import process from "node:process";

const BUILT = new URL("../dist/src/", import.meta.url).href;
const SOURCE = new URL("../src/", import.meta.url).href;
const OPENS_STORE = `${BUILT}store/open.js`;
const NO_STORE = new URL("./no-store.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const { url } = found;
    if (url === OPENS_STORE) return next(NO_STORE, context);
    // The replacement also runs on the built modules and not on their sources.
    if (!url.startsWith(SOURCE)) return found;
    return next(`${BUILT}${url.slice(SOURCE.length).replace(/\.ts$/, ".js")}`, context);
  },
});

process.argv.push("serve");
await import(`${BUILT}main.js`);
