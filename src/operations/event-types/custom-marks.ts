/** The marks `custom` of event types, read once per publish and only for payloads that do not fit. */
import { checkCustomMark } from "../../core/events/event-type.ts";
import type { OperationContext } from "../context.ts";

export type CustomMarks = { isCustom(type: string): Promise<boolean> };

export function createCustomMarks({ store }: Pick<OperationContext, "store">): CustomMarks {
  let known: Map<string, boolean> | undefined;
  return {
    async isCustom(type) {
      const before = known?.get(type);
      if (before !== undefined) return before;
      const isMarkable = checkCustomMark(type) === null;
      const isCustom = isMarkable && (await store.eventTypes.get({ name: type }))?.custom === true;
      (known ??= new Map()).set(type, isCustom);
      return isCustom;
    },
  };
}
