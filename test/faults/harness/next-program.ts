/** A copy of the program with one more migration, for either store, as its next release might have. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { MIGRATIONS } from "../../../src/store/postgres/migrations.ts";
import { copyProgram } from "../../harness/patched-program.ts";
import { TOKEN } from "../../harness/server.ts";

const PROGRAM = resolve(import.meta.dirname, "../../../src/main.ts");

/** `excludes`: a program without the new migration cannot run beside it. */
export function nextOnPostgres(
  folder: string,
  p: { name: string; sql: string; excludes?: boolean },
): string {
  const { name } = p;
  const needs = p.excludes === true ? name : MIGRATIONS.at(-1)?.name;
  return copyProgram(
    folder,
    [
      {
        file: "src/store/postgres/migrations.ts",
        from: "known = MIGRATIONS",
        to: `known = [...MIGRATIONS, ${JSON.stringify({ name, needs })}]`,
      },
    ],
    { [`src/store/postgres/migrations/${name}.sql`]: p.sql },
  );
}

export function nextOnSqlite(folder: string, p: { name: string; sql: string }): string {
  return copyProgram(
    folder,
    [
      {
        file: "src/store/sqlite/migrations.ts",
        from: "] as const;",
        to: `].concat(${JSON.stringify(p.name)}) as readonly string[];`,
      },
    ],
    { [`src/store/sqlite/migrations/${p.name}.sql`]: p.sql },
  );
}

export type Start = {
  readonly child: ChildProcess;
  /** Resolves when the process has exited or was killed. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
};

/** Starts a server that is not expected to reach the listening state. */
export function spawnServe(p: {
  program?: string;
  settings: Readonly<Record<string, string>>;
}): Start {
  const child = spawn(process.execPath, [p.program ?? PROGRAM, "serve"], {
    env: {
      PATH: process.env["PATH"],
      HOOKLINE_PORT: "0",
      HOOKLINE_ADMIN_TOKEN: TOKEN,
      HOOKLINE_HTTP_URLS: "allow",
      HOOKLINE_LOG_LEVEL: "error",
      ...p.settings,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return { child, ended: once(child, "close").then(([code]) => ({ code, stderr })) };
}
