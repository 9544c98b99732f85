/** The endpoint of a page, and the parameters of the calls about it. */
import type { Answer } from "../api/call.ts";

export type Endpoint = Answer<"GET /api/v1/app/{app}/endpoint/{endpoint}">;
export type EndpointPath = { readonly app: string; readonly endpoint: string };
