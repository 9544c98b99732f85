/**
 * One name for each application. A publish names its application by id or by uid, and the queue counts both
 * as one. An application's own key always names it by id. Only the operator uses uids, which this node learns
 * from its accepted publishes. Until then a uid counts as an application.
 */
import type { Publish, PublishResult } from "../interface/accept.ts";

export type AppNames = {
  /** The id of the application, or the given reference if it is unknown. */
  find(appRef: string): string;
  learn(p: Pick<Publish, "appRef">, result: PublishResult): void;
};

/** At this number all are forgotten. It bounds memory, not the number of applications. */
const NAME_LIMIT = 20_000;

export function createAppNames(): AppNames {
  const ids = new Map<string, string>();
  return {
    find: (appRef) => ids.get(appRef) ?? appRef,
    learn({ appRef }, result) {
      if (result.kind === "refused") {
        // The uid may belong to another application later.
        if (result.code === "not_found") ids.delete(appRef);
        return;
      }
      const { appId } = result;
      if (appId === appRef || ids.get(appRef) === appId) return;
      if (ids.size >= NAME_LIMIT) ids.clear();
      ids.set(appRef, appId);
    },
  };
}
