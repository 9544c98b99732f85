/** The two collections of endpoints, which have the same calls under different paths. */
import type { TObject, TProperties } from "typebox";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { Capability } from "../../../core/portal/capabilities.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import type { Access } from "../call.ts";
import type { AppCall } from "../caller.ts";
import { type EndpointCall } from "./endpoint-access.ts";

/** A collection of endpoints: an app's, or the operator's. */
export type EndpointPlace = {
  readonly path: string;
  readonly tag: string;
  /** The noun for an endpoint in the ids of calls. */
  readonly of: string;
  /** Follows "an endpoint" in the documents. */
  readonly owner: "" | " of the operator";
  /** The capability of a call, or null where no portal token is accepted. */
  readonly toPortal: (capability: Capability) => Capability | null;
  /** The app of the endpoints, for a caller who may manage them. */
  readonly findApp: Access<AppCall>;
  /** The endpoint of the path, for a caller who may change it. */
  readonly findEndpoint: Access<EndpointCall>;
  /** The endpoint of the path, for a caller who may read it. */
  readonly readEndpoint: Access<EndpointCall>;
  readonly createIn: TObject;
  readonly updateIn: TObject;
  readonly shown: TObject;
  readonly example: JsonValue & { readonly id: string };
  readonly exampleIn: { readonly [name: string]: JsonValue };
  readonly toShown: (endpoint: Endpoint) => object;
  /** Fields that only the call for one endpoint shows. */
  readonly loadMore: (
    context: OperationContext,
    call: EndpointCall & { readonly query: object },
  ) => Promise<object | undefined>;
  /** Query parameters of the list and of the call for one endpoint. */
  readonly listQuery: TProperties;
  /** Fields that these parameters add to the endpoints of a list, by id. */
  readonly loadMoreOfList: (
    context: OperationContext,
    endpoints: readonly Endpoint[],
    query: object,
  ) => Promise<ReadonlyMap<string, object>>;
};
