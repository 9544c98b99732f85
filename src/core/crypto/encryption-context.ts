/**
 * The row and field of an encrypted value. The code that encrypts the value (operations) and the code that
 * decrypts it (the engine) must name the same context.
 */
export function secretContext(endpointId: string): string {
  return `endpoint:${endpointId}:secret`;
}

/** Data that a dialect stores for an application besides its endpoints. */
export function dialectStateContext(appId: string, dialect: string): string {
  return `app:${appId}:${dialect}`;
}

/** The JSON object with the endpoint's client certificate, its key, and its private authorities. */
export function tlsContext(endpointId: string): string {
  return `endpoint:${endpointId}:tls`;
}

/** The JSON object with the user name and password of the endpoint's URL, and their origin. */
export function userinfoContext(endpointId: string): string {
  return `endpoint:${endpointId}:userinfo`;
}

/** The JSON object with the endpoint's custom headers. */
export function headersContext(endpointId: string): string {
  return `endpoint:${endpointId}:headers`;
}
