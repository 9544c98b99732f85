/**
 * Which row and field a sealed value of an endpoint belongs to: whoever seals and whoever opens it
 * (operations when it is set, the engine when it is sent) must name the same.
 */
export function boundSecret(endpointId: string): string {
  return `endpoint:${endpointId}:secret`;
}

/** The JSON object of the endpoint's custom headers. */
export function boundHeaders(endpointId: string): string {
  return `endpoint:${endpointId}:headers`;
}
