/** Finds things by one text: ids, names, numbers, hosts, or words in payloads. */

export type HitKind = "app" | "contact" | "endpoint" | "event" | "task" | "text";

export type Hit = {
  readonly kind: HitKind;
  /** A text has its snowflake, and a contact its address. */
  readonly id: string;
  readonly appId: string;
  readonly label: string;
  /** The words of a text, as far as its event still has them. */
  readonly text: string | null;
  /** Null where it is not known. */
  readonly at: number | null;
};

export type Hits = {
  readonly hits: readonly Hit[];
  /** Older events were not searched; null when all were. */
  readonly searchedTo: number | null;
  /** With `searchedTo`: passed as `after`, it continues the search. */
  readonly next: string | null;
};

export interface SearchStore {
  /**
   * Null when the app is unknown. With `after`, the `next` of an earlier answer, only older events are searched. With
   * `isMasked`, the caller sees masked numbers, whose hidden digits cannot be found one by one.
   */
  inApp(p: {
    appRef: string;
    query: string;
    after?: string | null;
    isMasked?: boolean;
  }): Promise<Hits | null>;
  /** Applications, endpoints, and ids that name their application. */
  everywhere(p: { query: string }): Promise<Hits>;
}
