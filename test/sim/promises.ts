/** What a run is held to, by name: a broken promise stops it. */
export type PromiseName =
  | "accepted is owed"
  | "one lease at a time"
  | "one attempt at a time"
  | "taken once under one lease"
  | "sent under a lease that holds"
  | "nothing starts after a disable was answered"
  | "nothing older starts after an edit was answered"
  | "at most so many at once"
  | "in the order of the key"
  | "never before it is due"
  | "due within seconds when nothing holds it back"
  | "every slot at its time"
  | "parked time does not count"
  | "72 hours before it fails"
  | "our fault uses up no attempt"
  | "all is delivered or failed in the end"
  | "delivered means taken"
  | "the accounts agree";

export class Broken extends Error {
  readonly promise: PromiseName;
  constructor(promise: PromiseName, about: string) {
    super(`${promise}: ${about}`);
    this.promise = promise;
  }
}
