/** A state as an icon, a word and a colour, so that it never depends on colour alone. */
import Check from "lucide-react/icons/check";
import Circle from "lucide-react/icons/circle";
import Minus from "lucide-react/icons/minus";
import Pause from "lucide-react/icons/pause";
import RotateCw from "lucide-react/icons/rotate-cw";
import X from "lucide-react/icons/x";
import type { ReactNode } from "react";
import type { Mark } from "../../src/core/verdict.ts";
import { words } from "../words.ts";
import { classNames } from "./class-names.ts";
import styles from "./status-mark.module.css";

const ICONS = {
  delivered: Check,
  waiting: Circle,
  retrying: RotateCw,
  parked: Pause,
  failed: X,
  not_due: Minus,
} as const satisfies Record<Mark, unknown>;

export function StatusMark(p: {
  readonly state: Mark;
  /** The word of the state unless something more exact is known, such as `503`. */
  readonly children?: ReactNode;
  readonly title?: string;
  /** On a tint, for marks that stand alone. */
  readonly isBoxed?: boolean;
}) {
  const Icon = ICONS[p.state];
  const isExact = p.children !== undefined;
  return (
    <span
      className={classNames(styles["mark"], styles[p.state], p.isBoxed === true && styles["boxed"])}
      {...(p.title === undefined ? {} : { title: p.title })}
    >
      <Icon
        size={13}
        strokeWidth={2.5}
        {...(isExact
          ? { role: "img", "aria-label": words.states[p.state] }
          : { "aria-hidden": true })}
      />
      <span>{p.children ?? words.states[p.state]}</span>
    </span>
  );
}
