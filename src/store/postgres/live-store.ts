/** Notices between nodes: by a separate channel for LISTEN, and rows of the nodes that have clients. */
import type { LiveStore } from "../interface/live.ts";
import type { FanOut } from "./cluster/fan-out.ts";
import type { Runner } from "./cluster/runner.ts";
import { watch } from "./cluster/watchers.ts";

export function createLiveStore({ runner, fanOut }: { runner: Runner; fanOut: FanOut }): LiveStore {
  return {
    reach: fanOut.live.isHeard ? "notified" : "polled",
    watch: (params) => runner.single((connection) => watch(connection, params)),
    notify: fanOut.live.notify,
    listen: fanOut.live.listen,
  };
}
