/** How wide the demo's columns are on a terminal of some width, and texts made to fit. */
export type Layout = {
  readonly columns: number;
  /** Between two columns. */
  readonly gap: number;
  /** Characters of the time, with its tenths or without. */
  readonly time: number;
  /** Room for the ids, the last column. */
  readonly ids: number;
};

export const INDENT = 2;
export const WIDTHS = { receiver: 8, event: 22, status: 6, attempt: 3, took: 6 } as const;
const NARROWEST = 80;
const WIDEST = 140;
const COLUMNS_BEFORE_IDS = 6;

export function layoutFor(columns: number): Layout {
  const used = Math.min(Math.max(columns, NARROWEST), WIDEST);
  const gap = used >= 120 ? 2 : 1;
  const time = used >= 90 ? 10 : 8;
  const fixed = Object.values(WIDTHS).reduce((sum, width) => sum + width, 0);
  return { columns: used, gap, time, ids: used - INDENT - time - fixed - gap * COLUMNS_BEFORE_IDS };
}

/** At most `width` characters, its end cut off. The demo's texts have no character of two units. */
export function cutEnd(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** At most `width` characters, its middle cut out: of an id both ends tell it apart. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}
