/** Capabilities of portal tokens, in Svix's words. One capability may include others. */
export const CAPABILITIES = [
  "ViewBase",
  "ViewEndpointSecret",
  "ManageEndpointSecret",
  "ManageTransformations",
  "CreateAttempts",
  "ManageEndpoint",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

const SECRETS = ["ViewEndpointSecret", "ManageEndpointSecret"] as const;
const INCLUDED: Readonly<Record<Capability, readonly Capability[]>> = {
  ViewBase: [],
  ViewEndpointSecret: [],
  ManageEndpointSecret: ["ViewEndpointSecret"],
  ManageTransformations: [],
  CreateAttempts: [],
  ManageEndpoint: SECRETS,
};

/** Returns the capabilities of a new token: all of them unless some are chosen. */
export function chooseCapabilities(p: {
  readonly chosen: readonly Capability[] | null;
  readonly readOnly: boolean;
}): readonly Capability[] {
  if (p.readOnly) return ["ViewBase"];
  const { chosen } = p;
  return chosen === null ? CAPABILITIES : CAPABILITIES.filter((one) => chosen.includes(one));
}

export function hasCapability(held: readonly Capability[], needed: Capability): boolean {
  return held.some((one) => one === needed || INCLUDED[one].includes(needed));
}
