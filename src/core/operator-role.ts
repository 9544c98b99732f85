/**
 * Roles of operator keys, each with the rights of those after it. An operator may do all but the calls that
 * are only for admins. A viewer may read, and sees no number, text or payload.
 */
export const OPERATOR_ROLES = ["admin", "operator", "viewer"] as const;

export type OperatorRole = (typeof OPERATOR_ROLES)[number];

export function hasRole(role: OperatorRole, needed: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) <= OPERATOR_ROLES.indexOf(needed);
}
