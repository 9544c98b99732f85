/** PostgreSQL refuses to run as root. Then its processes run under another account. */
import { chownSync, readFileSync } from "node:fs";
import process from "node:process";

export type Account = { readonly uid: number; readonly gid: number };

const ROOT = 0;
/** The accounts that a machine is likely to have, the best first. */
const NAMES = ["postgres", "nobody"];

/** The account for PostgreSQL's processes; null for the current one. */
export function findAccount(): Account | null {
  if (process.getuid?.() !== ROOT) return null;
  const rows = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((row) => row.split(":"));
  for (const name of NAMES) {
    const row = rows.find(([known]) => known === name);
    if (row !== undefined) return { uid: Number(row[2]), gid: Number(row[3]) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is no user ${NAMES.join(" or ")}`);
}

export function giveTo(account: Account | null, path: string): void {
  if (account !== null) chownSync(path, account.uid, account.gid);
}
