/**
 * Which row and field a sealed value belongs to: whoever seals and whoever opens it
 * (operations when it is set, the engine when it is sent) must name the same.
 */
export function boundSecret(endpointId: string): string {
  return `endpoint:${endpointId}:secret`;
}

/** What a dialect keeps for an app besides its endpoints. */
export function boundDialectState(appId: string, dialect: string): string {
  return `app:${appId}:${dialect}`;
}

/** The JSON object of the endpoint's client certificate, its key, and its private authorities. */
export function boundTls(endpointId: string): string {
  return `endpoint:${endpointId}:tls`;
}

/** The JSON object of the user name and password of the endpoint's URL, and the origin they are for. */
export function boundUserinfo(endpointId: string): string {
  return `endpoint:${endpointId}:userinfo`;
}

/** What a source shows to the party that it reads from. */
export function boundCredentials(sourceId: string): string {
  return `source:${sourceId}:credentials`;
}

/** The JSON object of the endpoint's custom headers. */
export function boundHeaders(endpointId: string): string {
  return `endpoint:${endpointId}:headers`;
}
