/** One registered line of an app. */
import { AppError } from "../../core/error.ts";
import type { RegisteredLine } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

/** `ref` is the line's id or number. Refuses with `not_found` an unknown line. */
export async function readLine(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string },
): Promise<RegisteredLine> {
  const line = await context.store.lines.get(p);
  if (line === null) throw unknownLine(p.ref);
  return line;
}

export function unknownLine(ref: string): AppError {
  return new AppError("not_found", `There is no line "${ref}" in this application.`);
}
