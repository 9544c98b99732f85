/** Store options built from the settings, in one place for `serve`, `migrate` and `check`. */
import { ENGINE_LIMITS, toLeaseRoom } from "../delivery/engine-options.ts";
import { FAILPOINTS } from "../store/failpoint.ts";
import type { StoreOptions } from "../store/options.ts";
import { limitsIn } from "./limit-settings.ts";
import type { Settings } from "./settings.ts";

export function storeOptions(
  settings: Settings,
  more: Partial<Pick<StoreOptions, "readOnly" | "onFatal" | "onFilesMoved">> = {},
): StoreOptions {
  const limits = limitsIn(settings);
  return {
    accept: {
      decide: {
        optOutMatch: settings.optOutMatch,
        stopKeywords: settings.stopKeywords,
        unstopKeywords: settings.unstopKeywords,
        largeTextBytes: settings.bodyLimitBytes,
      },
    },
    limits,
    leaseRoom: toLeaseRoom(ENGINE_LIMITS),
    postgres: {
      poolSize: settings.pgPoolSize,
      ...(settings.pgListenUrl === ""
        ? {}
        : { listenUrl: settings.pgListenUrl === "off" ? null : settings.pgListenUrl }),
      prepare: settings.pgPrepare === "on",
    },
    failpoint: FAILPOINTS.find((name) => name === settings.failpoint) ?? null,
    ...(more.readOnly === undefined ? {} : { readOnly: more.readOnly }),
    // A command that reads or migrates has no traffic to stop, and its call rejects as well.
    onFatal: more.onFatal ?? (() => undefined),
    ...(more.onFilesMoved === undefined ? {} : { onFilesMoved: more.onFilesMoved }),
  };
}
