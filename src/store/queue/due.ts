/** The endpoint has a delivery that is due at `dueAt`. */
export type Due = { readonly endpointSeq: number; readonly dueAt: number };
export type DueDelivery = Due & { readonly seq: number };

/** The earliest due time of each endpoint. */
export function earliestByEndpoint(dues: readonly Due[]): ReadonlyMap<number, number> {
  const earliest = new Map<number, number>();
  for (const { endpointSeq, dueAt } of dues) {
    earliest.set(endpointSeq, Math.min(dueAt, earliest.get(endpointSeq) ?? dueAt));
  }
  return earliest;
}
