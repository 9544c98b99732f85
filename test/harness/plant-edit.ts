/** Plants a bug in a real source as it is loaded, in a process that exists for that. */
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import type { Edit } from "./patched-program.ts";

/**
 * Applies to all later imports. An edit that no longer finds its text fails, so that no planted bug becomes the
 * original program.
 */
export function plantEdit({ file, from, to }: Edit): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const { source } = loaded;
      const before =
        typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString();
      assert.ok(before.includes(from), `${file} has no "${from}": nothing would be planted`);
      return { ...loaded, source: before.replace(from, to) };
    },
  });
}
