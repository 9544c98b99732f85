/** The parameters of the address, as texts. Changing them keeps the page and adds a step to go back. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { NavigateOptions } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Search } from "../paths.ts";

export function useSearchState(): {
  readonly search: Search;
  /** Undefined and "" remove a parameter. */
  readonly setSearch: (change: Search, options?: { readonly isReplaced?: boolean }) => void;
} {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const setSearch = useCallback(
    (change: Search, { isReplaced = false }: { readonly isReplaced?: boolean } = {}) => {
      const next = (now: Search): Search => ({ ...now, ...change });
      const options = { to: ".", search: next, replace: isReplaced, resetScroll: false };
      void navigate(options as unknown as NavigateOptions);
    },
    [navigate],
  );
  return { search, setSearch };
}
