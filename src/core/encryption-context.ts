/**
 * Which row and field an encrypted value belongs to: whoever encrypts and whoever opens it
 * (operations when it is set, the engine when it is sent) must name the same.
 */
export function secretContext(endpointId: string): string {
  return `endpoint:${endpointId}:secret`;
}

/** What a dialect keeps for an app besides its endpoints. */
export function dialectStateContext(appId: string, dialect: string): string {
  return `app:${appId}:${dialect}`;
}

/** The JSON object of the endpoint's client certificate, its key, and its private authorities. */
export function tlsContext(endpointId: string): string {
  return `endpoint:${endpointId}:tls`;
}

/** The JSON object of the user name and password of the endpoint's URL, and the origin they are for. */
export function userinfoContext(endpointId: string): string {
  return `endpoint:${endpointId}:userinfo`;
}

/** What a source shows to the address that it reads from. */
export function credentialsContext(sourceId: string): string {
  return `source:${sourceId}:credentials`;
}

/** The JSON object of the endpoint's custom headers. */
export function headersContext(endpointId: string): string {
  return `endpoint:${endpointId}:headers`;
}
