/**
 * Keys of the rows of a page. `j` and `k` move the focus over them, and Enter opens the focused row, which is a
 * link. `r` sends the chosen row again; `c` copies its link, or that of the page.
 */
import { words } from "../words.ts";
import { useToast } from "./toast.tsx";
import { writeClipboard } from "./use-copy.ts";
import { useKeys } from "./use-keys.ts";

/** The attribute of a row's link; its value is the key of the row. */
export const ROW_LINK = "data-row-link";

/** `current` is the row whose details are open, which is chosen while no row has the focus. */
export function useRowKeys(p: {
  readonly current?: string | null;
  readonly sendAgain?: ((key: string) => void) | undefined;
}): void {
  const toast = useToast();
  const { sendAgain, current = null } = p;
  useKeys([
    { keys: "j", label: words.keys.nextRow, run: () => move(1) },
    { keys: "k", label: words.keys.previousRow, run: () => move(-1) },
    ...(sendAgain === undefined
      ? []
      : [
          {
            keys: "r",
            label: words.keys.sendAgain,
            run: () => {
              const chosen = findFocused()?.getAttribute(ROW_LINK) ?? current;
              if (chosen === null) toast({ title: words.keys.noRow });
              else sendAgain(chosen);
            },
          },
        ]),
  ]);
}

/** `c` on every page. */
export function useLinkKey(): void {
  const toast = useToast();
  const copy = async (): Promise<void> => {
    try {
      await writeClipboard(findFocused()?.href ?? window.location.href);
      toast({ title: words.linkCopied });
    } catch {
      toast({ title: words.notCopied, isProblem: true });
    }
  };
  useKeys([{ keys: "c", label: words.copyLink, run: () => void copy() }]);
}

function findFocused(): HTMLAnchorElement | null {
  const { activeElement } = document;
  return activeElement instanceof HTMLAnchorElement && activeElement.hasAttribute(ROW_LINK)
    ? activeElement
    : null;
}

function move(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(`[${ROW_LINK}]`)];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at === -1 ? links.at(by === 1 ? 0 : -1) : links[at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
