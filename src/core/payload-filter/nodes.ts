/** A filter as a tree. `right` of a projection is evaluated for each item of `left`. */
import type { JsonValue } from "../json/json-value.ts";
import type { FunctionName } from "./functions.ts";

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type Node =
  | { readonly kind: "current" }
  | { readonly kind: "literal"; readonly value: JsonValue }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly left: Node; readonly index: number }
  /** `a.b`: null when `left` is null. */
  | { readonly kind: "member"; readonly left: Node; readonly right: Node }
  | { readonly kind: "pipe"; readonly left: Node; readonly right: Node }
  | { readonly kind: "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "and"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly child: Node }
  | {
      readonly kind: "compare";
      readonly by: Comparison;
      readonly left: Node;
      readonly right: Node;
    }
  | { readonly kind: "flatten"; readonly child: Node }
  | {
      readonly kind: "each";
      readonly left: Node;
      /** Null selects every item. */
      readonly condition: Node | null;
      readonly right: Node;
    }
  | { readonly kind: "call"; readonly name: FunctionName; readonly given: readonly Node[] };
