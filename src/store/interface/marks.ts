/** Marks: the verdict of each event at each endpoint of a page, as pages show them in rows and cells. */
import type { EndpointStatus } from "../../core/events/endpoint-match.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";

/** An endpoint as the head of a column. */
export type MarkedEndpoint = {
  readonly id: string;
  readonly dialect: Dialect;
  readonly url: string;
  readonly description: string;
  readonly state: EndpointStatus;
};

export type MarkView = {
  readonly endpointId: string;
  /** Which of the webhooks of one event it is. */
  readonly part: number;
  /** The name of the event in the endpoint's API; null when it has none. */
  readonly name: string | null;
  readonly verdict: Verdict;
};

export type MarkedPage = {
  /** Those with deliveries first, then the oldest, up to the limit `markedEndpoints`. */
  readonly endpoints: readonly MarkedEndpoint[];
  /** Whether the application has further endpoints, which have no marks. */
  readonly hasMoreEndpoints: boolean;
};
