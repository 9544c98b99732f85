import { showControls } from "../show-controls.ts";

/** Names of others beside each other. None turns over the next. */
export function Names({ names }: { readonly names: readonly string[] }) {
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && ", "}
      <bdi>{showControls(name)}</bdi>
    </span>
  ));
}
