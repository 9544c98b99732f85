/** Column widths of the demo for a terminal width, and functions that shorten texts to fit. */
export type Layout = {
  readonly columns: number;
  /** Blanks between two columns. */
  readonly gap: number;
  /** Characters of the time, with or without tenths. */
  readonly time: number;
  /** Width of the last column, for the ids. */
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

/** Cuts off the end beyond `width` characters. The demo's texts have no character of two UTF-16 units. */
export function cutEnd(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Cuts out the middle beyond `width` characters, because both ends of an id distinguish it. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}
