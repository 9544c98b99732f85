/** An app or an endpoint by its name, as a link, with its id in the title and to copy. A deleted one has only its id. */
import { useFace } from "../face.tsx";
import { pathsOf } from "../paths.ts";
import type { Target } from "../paths.ts";
import { showControls } from "../show-controls.ts";
import { CopyableId } from "./copyable-id.tsx";
import styles from "./named-links.module.css";
import { PageLink } from "./page-link.tsx";

type Name = string | null | undefined;

export function AppLink({ id, name }: { readonly id: string; readonly name: Name }) {
  return <NamedLink id={id} name={name} target={{ to: "/app/$app", params: { app: id } }} />;
}

export function EndpointLink(p: {
  readonly app: string;
  readonly id: string;
  readonly name: Name;
}) {
  const { kind } = useFace();
  const target = pathsOf(kind === "tenant" ? null : p.app).endpoint(p.id);
  return <NamedLink id={p.id} name={p.name} target={target} />;
}

function NamedLink(p: { readonly id: string; readonly name: Name; readonly target: Target }) {
  if (p.name === null || p.name === undefined) return <CopyableId id={p.id} />;
  return (
    <span className={styles["named"]}>
      <PageLink target={p.target} title={p.id} className={styles["name"] ?? ""}>
        <bdi>{showControls(p.name)}</bdi>
      </PageLink>
      <CopyableId id={p.id} shown="" />
    </span>
  );
}
