/** `j` and `k` move the focus over the rows of the page; Enter opens the focused row, which is a link. */
import { words } from "../words.ts";
import { useKeys } from "./use-keys.ts";

export const ROW_LINK = "data-row-link";

export function useRowKeys(): void {
  useKeys([
    { keys: "j", label: words.keys.nextRow, run: () => move(1) },
    { keys: "k", label: words.keys.previousRow, run: () => move(-1) },
  ]);
}

function move(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(`[${ROW_LINK}]`)];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at === -1 ? links.at(by === 1 ? 0 : -1) : links[at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
