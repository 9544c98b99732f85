/** Buttons, and links that look like them. An icon alone always has a name and a tooltip. */
import { Tooltip } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./button.module.css";
import tooltip from "./tooltip.module.css";

export type ButtonLook = "plain" | "primary" | "quiet" | "danger";

type ButtonProps = ComponentProps<"button"> & {
  readonly look?: ButtonLook;
  readonly icon?: ReactNode;
};

export function Button({ look = "plain", icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={buttonClass(look, className)}>
      {icon}
      {children}
    </button>
  );
}

/** The class of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = "plain", more?: string): string {
  return classNames(styles["button"], look === "plain" ? undefined : styles[look], more);
}

type IconButtonProps = Omit<ComponentProps<"button">, "children" | "aria-label"> & {
  readonly label: string;
  readonly icon: ReactNode;
  /** A key of the keyboard that does the same. */
  readonly shortcut?: string;
  readonly isPressed?: boolean;
};

export function IconButton({ label, icon, shortcut, isPressed, ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          {...rest}
          aria-label={label}
          {...(isPressed === undefined ? {} : { "aria-pressed": isPressed })}
          className={classNames(
            styles["button"],
            styles["quiet"],
            styles["icon"],
            isPressed === true && styles["pressed"],
            rest.className,
          )}
        >
          {icon}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className={tooltip["tooltip"]} sideOffset={6} collisionPadding={8}>
          {label}
          {shortcut !== undefined && <kbd className={tooltip["key"]}>{shortcut}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
