/** Every copied table, in an order in which referenced tables come first. */
import { ACCOUNTS } from "./accounts.ts";
import type { CopiedTable } from "./copied-table.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { EVENTS } from "./events.ts";
import { JOBS } from "./jobs.ts";
import { REGISTERS } from "./registers.ts";
import { TENANCY } from "./tenancy.ts";
import { WINDOWS } from "./windows.ts";

export const COPIED_TABLES: readonly CopiedTable[] = [
  ...TENANCY,
  ...ENDPOINTS,
  ...EVENTS,
  ...REGISTERS,
  ...JOBS,
  ...WINDOWS,
  ...ACCOUNTS,
];
