import type { Answer } from "../../api/call.ts";

/** An attempt as one is read; a list has the same fields. */
export type Attempt = Answer<"GET /api/v1/app/{app}/msg/{msg}/attempt/{attempt}">;
