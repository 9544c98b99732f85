import type { Answer } from "../../api/call.ts";

export type System = Answer<"GET /api/v1/system">;
