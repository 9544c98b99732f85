/** The record of changes of configuration, newest first. */
import type { AuditEntry, AuditFilter } from "../../store/interface/audit.ts";
import type { OperationContext, Page, PageRequest } from "../context.ts";

export async function listAudit(
  context: OperationContext,
  p: { readonly window: PageRequest; readonly filter: AuditFilter },
): Promise<Page<AuditEntry>> {
  return await context.store.audit.list(p);
}
