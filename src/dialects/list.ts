/** Every dialect there is; adding one is a folder beside this file and a line here. */
import type { Dialect } from "./dialect.ts";
import { svix } from "./svix/dialect.ts";

export const DIALECTS: readonly Dialect[] = [svix];
