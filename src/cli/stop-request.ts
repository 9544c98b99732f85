/**
 * Reasons for `serve` to stop: a signal, or the end of the program that started it. npm passes SIGTERM and
 * SIGINT on to its script but dies of SIGHUP alone, and a server without npm would keep the port.
 */
import { PARENT } from "./parent-process.ts";

const PARENT_POLL_MS = 500;

/** Resolves with the reason. Later signals have their default effect: they end the process. */
export function stopRequest(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.once(signal, () => resolve(signal));
  }
  if (process.channel !== undefined) {
    process.once("disconnect", () => resolve("its parent process ended"));
    process.channel?.unref();
  } else if (process.env["npm_lifecycle_event"] !== undefined) {
    watchParent(() => resolve("npm ended"));
  }
  return promise;
}

function watchParent(onEnd: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(timer);
    onEnd();
  }, PARENT_POLL_MS);
  timer.unref();
}
