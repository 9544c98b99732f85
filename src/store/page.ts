export type Page<T> = {
  readonly items: readonly T[];
  /** Nothing lies further in the direction that was read. */
  readonly done: boolean;
  /**
   * Where to go on when a filtered page ended at its deadline before it was full: pass it as `after`.
   * Absent when the last item (backward: the first) is the place.
   */
  readonly next?: string;
};

/** A list window: items after `after` in the list's order, `backward` for the page before it. */
export type PageRequest = {
  readonly after: string | null;
  readonly limit: number;
  readonly backward: boolean;
  /** Newest first unless `ascending`. */
  readonly ascending: boolean;
};
