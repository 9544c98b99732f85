/** The tasks of the API, and the rows that they are shown in. */
import type { Row } from "../../api/reads.ts";
import type { FoldedRow } from "./task-groups.ts";

export type Task = Row<"GET /api/v1/background-task">;
export type TaskRow = FoldedRow<Task>;
