/** A filter of a list as data: its parameter, its name, and the kind of its values. */
import type { ComponentType, ReactNode } from "react";
import type { Search } from "../paths.ts";

export type FilterOption = {
  readonly value: string;
  readonly label: string;
  /** Beside the label, such as a uid. */
  readonly hint?: string;
  /** Further parameters that the option sets. */
  readonly also?: Search;
};
export type Filter =
  | {
      readonly kind: "text";
      readonly name: string;
      readonly label: string;
      readonly hint?: string;
      readonly placeholder?: string;
    }
  | {
      readonly kind: "choice";
      readonly name: string;
      readonly label: string;
      readonly options: readonly FilterOption[];
    }
  /** Several values, apart by commas. */
  | {
      readonly kind: "choices";
      readonly name: string;
      readonly label: string;
      readonly options: readonly FilterOption[];
    }
  /** Options that the server finds by a text. */
  | {
      readonly kind: "lookup";
      readonly name: string;
      readonly label: string;
      readonly placeholder: string;
      readonly Find: ComponentType<{
        readonly text: string;
        readonly search: Search;
        readonly children: (options: readonly FilterOption[]) => ReactNode;
      }>;
      /** The name of a value that the address has. */
      readonly Name: ComponentType<{ readonly value: string; readonly search: Search }>;
      /** Parameters that mean nothing without this one. */
      readonly clears?: readonly string[];
    }
  /** Its parameters are those of `time-range.ts`. */
  | { readonly kind: "range"; readonly name: "range"; readonly label: string };

/** A search and a way to change it: that of the address, or one that a dialog holds. */
export type SearchHolder = {
  readonly search: Search;
  readonly setSearch: (change: Search) => void;
};
