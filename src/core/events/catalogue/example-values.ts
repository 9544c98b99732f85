/** The participants and the time of the examples. */
export const LINE = "+12065550100";
export const CONTACT = "+12065550188";
export const AT = "2026-05-06T04:00:00Z";
