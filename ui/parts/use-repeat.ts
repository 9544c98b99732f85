/** Calls a function every few seconds while it is needed, such as a read of a server that does not answer. */
import { useEffect, useRef } from "react";

const REPEAT_MS = 5_000;

export function useRepeat(isNeeded: boolean, run: () => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!isNeeded) return undefined;
    const timer = setInterval(() => latest.current(), REPEAT_MS);
    return () => clearInterval(timer);
  }, [isNeeded]);
}
