/** The palette of both faces: it opens by `/` and Ctrl-K, and loads when it first opens. */
import { lazy, Suspense, useState } from "react";
import type { ReactNode } from "react";
import { words } from "../../words.ts";
import { useOpenPage } from "../../parts/page-link.tsx";
import type { NavigationGroup } from "../../parts/shell.tsx";
import { useKeys } from "../../parts/use-keys.ts";

const PaletteHits = lazy(async () => ({
  default: (await import("./palette-hits.tsx")).PaletteHits,
}));
const Palette = lazy(async () => ({ default: (await import("../../parts/palette.tsx")).Palette }));

/** The palette of these pages, the function that opens it, and the keys of the pages. */
export function useSearchPalette(groups: readonly NavigationGroup[]): {
  readonly open: () => void;
  readonly palette: ReactNode;
} {
  const [isOpen, setOpen] = useState(false);
  const openPage = useOpenPage();
  const pages = groups.flatMap(({ items }) => items);
  const open = (): void => setOpen(true);
  useKeys([
    { keys: "/", label: words.search, run: open },
    { keys: "Ctrl-K", label: words.search, run: open },
    ...pages.flatMap(({ key, label, target }) =>
      key === undefined
        ? []
        : [{ keys: `g ${key}`, label: words.keys.goTo(label), run: () => openPage(target) }],
    ),
  ]);
  const palette = isOpen && (
    <Palette
      isOpen
      onClose={() => setOpen(false)}
      pages={pages}
      renderHits={(text, onClose) => (
        // Inside the palette: its box would lose the focus and the typed text while the hits are loaded.
        <Suspense>
          <PaletteHits text={text} onClose={onClose} />
        </Suspense>
      )}
    />
  );
  return { open, palette };
}
