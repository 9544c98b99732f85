/** A value that follows another one once that has not changed for a while. */
import { useEffect, useState } from "react";

/** `key` says whether two values are equal. */
export function useDebounced<T>(
  value: T,
  key: string,
  waitMs: number,
): { readonly value: T; readonly isOld: boolean } {
  const [settled, settle] = useState({ value, key });
  const isOld = settled.key !== key;
  useEffect(() => {
    if (!isOld) return undefined;
    const timer = setTimeout(() => settle({ value, key }), waitMs);
    return () => clearTimeout(timer);
    // The value is that of its key.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isOld, key, waitMs]);
  return { value: settled.value, isOld };
}
