/**
 * A small process that outlives the tests by a moment. When they end in any way, including SIGKILL, its input
 * ends. It then ends their server and removes the server's folder.
 */
import { spawn } from "node:child_process";
import type { Account } from "./account.ts";

const SCRIPT = `
  read -r _
  file="$0/data/postmaster.pid"
  server=$(head -n 1 "$file" 2>/dev/null)
  if [ -n "$server" ]; then
    kill -QUIT "$server"
    # Its file goes last; whoever inherits its process may never ask how it ended.
    tries=100
    while [ -e "$file" ] && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
    [ -e "$file" ] && kill -KILL "$server"
  fi
  rm -rf "$0"
`;

/** `end` starts its work now. */
export function startGuard(folder: string, account: Account | null): { end(): void } {
  const child = spawn("/bin/sh", ["-c", SCRIPT, folder], {
    ...account,
    cwd: "/",
    // A Ctrl-C in the terminal must not end the guard before the tests.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return { end: () => child.stdin?.end() };
}
