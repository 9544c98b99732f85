/** The promises that a run checks, by name. A broken one stops the run. */
export type PromiseName =
  | "accepted is pending"
  | "one delivery of an event per endpoint"
  | "one lease at a time"
  | "one attempt at a time"
  | "received once under one lease"
  | "sent under a valid lease"
  | "no attempt starts after a disable is answered"
  | "no older version starts after an edit is answered"
  | "at most the concurrency limit"
  | "in the order of the key"
  | "never before it is due"
  | "sent within seconds when nothing delays it"
  | "every slot at its time"
  | "parked time does not count"
  | "72 hours before it fails"
  | "a server fault uses up no attempt"
  | "every delivery is delivered or failed at the end"
  | "delivered means received"
  | "a message keeps its ids"
  | "a person is one contact"
  | "an own event completes its message"
  | "the accounts agree";

export class Broken extends Error {
  readonly promise: PromiseName;
  constructor(promise: PromiseName, about: string) {
    super(`${promise}: ${about}`);
    this.promise = promise;
  }
}
