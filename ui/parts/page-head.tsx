/** The head of a page: where it is, its title, its actions; and the sentence that says how things are. */
import { useEffect } from "react";
import type { ReactNode } from "react";
import type { Target } from "../paths.ts";
import { showControls } from "../show-controls.ts";
import { words } from "../words.ts";
import { classNames } from "./class-names.ts";
import { PageLink, useOpenPage } from "./page-link.tsx";
import styles from "./page-head.module.css";
import { useKeys } from "./use-keys.ts";

export function PageHead(p: {
  readonly title: string;
  /** Pages above this one. */
  readonly above?: readonly { readonly label: string; readonly target: Target }[];
  readonly actions?: ReactNode;
  /** Beside the title, such as an id. */
  readonly children?: ReactNode;
}) {
  const { title, above = [] } = p;
  const open = useOpenPage();
  const back = above.at(-1);
  useKeys(
    back === undefined
      ? []
      : [{ keys: "Escape", label: words.keys.back, run: () => open(back.target) }],
  );
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  return (
    <div className={styles["head"]}>
      <div className={styles["crumbs"]}>
        {above.map(({ label, target }) => (
          <span key={label}>
            <PageLink target={target}>{label}</PageLink> <span aria-hidden>›</span>
          </span>
        ))}
        <h1 className={styles["title"]} title={title}>
          {showControls(title)}
        </h1>
      </div>
      {p.children}
      {p.actions !== undefined && <div className={styles["actions"]}>{p.actions}</div>}
    </div>
  );
}

export type AnswerTone = "plain" | "ok" | "wait" | "retry" | "parked" | "failed";

/** The sentence that every page begins with: the case, and the thing to do about it. */
export function AnswerLine(p: { readonly tone?: AnswerTone; readonly children: ReactNode }) {
  const tone = p.tone ?? "plain";
  return (
    <div className={classNames(styles["answer"], tone !== "plain" && styles[tone])}>
      {p.children}
    </div>
  );
}
