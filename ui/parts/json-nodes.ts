/**
 * The structure of JSON text without its values: each value stays the text that was sent, so a number keeps every
 * digit (I8). Children are found when a node is opened.
 */
import { sliceElements, sliceMembers } from "../../src/core/json/json-slice.ts";

export type JsonNode = {
  /** The name in its object, or the index in its list; null at the root. */
  readonly name: string | null;
  readonly text: string;
  /** A path such as `message.media[0].url`, as filters take it. */
  readonly path: string;
};
export type JsonKind = "object" | "list" | "text" | "number" | "word";

export function toRoot(text: string): JsonNode {
  return { name: null, text: text.trim(), path: "" };
}

export function kindOf({ text }: JsonNode): JsonKind {
  switch (text[0]) {
    case "{":
      return "object";
    case "[":
      return "list";
    case '"':
      return "text";
    case "t":
    case "f":
    case "n":
      return "word";
    default:
      return "number";
  }
}

export function childrenOf(node: JsonNode): readonly JsonNode[] {
  const members = sliceMembers(node.text);
  if (members !== undefined) {
    return members.map(({ name, value }) => ({ name, text: value, path: join(node.path, name) }));
  }
  return (sliceElements(node.text) ?? []).map((text, index) => ({
    name: String(index),
    text,
    path: `${node.path}[${index}]`,
  }));
}

function join(path: string, name: string): string {
  const part = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  return path === "" ? part : `${path}.${part}`;
}
