export type Page<T> = {
  readonly items: readonly T[];
  /** True when no further items exist in the read direction. */
  readonly done: boolean;
  /**
   * Cursor of a filtered page that reached its deadline before it was full: pass it as `after`. Absent when
   * the last item (backward: the first) is the cursor.
   */
  readonly next?: string;
  /** With `next`: the instant of that item. Everything in the read direction before it was examined. */
  readonly searchedTo?: number | null;
};

/** A page request: the items after `after` in the list's order, or before it with `backward`. */
export type PageRequest = {
  readonly after: string | null;
  readonly limit: number;
  readonly backward: boolean;
  /** Newest first unless `ascending`. */
  readonly ascending: boolean;
};
