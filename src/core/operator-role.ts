/** Roles of operator keys. An operator may do all but the calls that are only for admins. */
export const OPERATOR_ROLES = ["admin", "operator"] as const;

export type OperatorRole = (typeof OPERATOR_ROLES)[number];
