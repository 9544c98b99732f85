/**
 * The frame around every page: navigation at the left, or below 900 px as a bar at the bottom; above it the
 * app, the search, and the choices of the person.
 */
import Ellipsis from "lucide-react/icons/ellipsis";
import SearchIcon from "lucide-react/icons/search";
import { useRouterState } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import type { Target } from "../paths.ts";
import { words } from "../words.ts";
import { buttonClass } from "./button.tsx";
import { Mark } from "./mark.tsx";
import { OfflineBar } from "./offline-bar.tsx";
import menu from "./menu.module.css";
import { PageLink } from "./page-link.tsx";
import styles from "./shell.module.css";

export type NavigationItem = {
  readonly label: string;
  readonly icon: ReactNode;
  readonly target: Target;
  /** The key after `g` that opens it. */
  readonly key?: string;
  /** Whether it is in the bar of a small screen; the others are behind "More". */
  readonly isFirst?: boolean;
};
export type NavigationGroup = {
  readonly heading?: string;
  readonly items: readonly NavigationItem[];
};

export function Shell(p: {
  readonly name: string;
  /** The address of an image in place of the mark. */
  readonly icon?: string | null;
  readonly home: Target;
  readonly groups: readonly NavigationGroup[];
  readonly chooser?: ReactNode;
  readonly controls: ReactNode;
  readonly onSearch?: () => void;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles["shell"]}>
      <a href="#content" className={buttonClass("primary", styles["skip"])}>
        {words.skipToContent}
      </a>
      <PageLink target={p.home} className={styles["brand"] ?? ""}>
        {typeof p.icon === "string" ? (
          <img src={p.icon} alt="" className={styles["mark"]} />
        ) : (
          <Mark className={styles["mark"] ?? ""} />
        )}
        {p.name}
      </PageLink>
      <header className={styles["top"]}>
        {p.chooser}
        {p.onSearch !== undefined && <SearchSlot onSearch={p.onSearch} />}
        <span className={styles["space"]} />
        {p.controls}
      </header>
      <Navigation groups={p.groups} />
      <main id="content" tabIndex={-1} className={styles["main"]}>
        <OfflineBar />
        {p.children}
      </main>
    </div>
  );
}

function SearchSlot({ onSearch }: { readonly onSearch: () => void }) {
  return (
    <button
      type="button"
      className={styles["search"]}
      onClick={onSearch}
      aria-label={`${words.search}: ${words.searchHint} /`}
      aria-keyshortcuts="/ Control+K"
    >
      <SearchIcon size={14} aria-hidden />
      <span>{words.searchHint}</span>
      <kbd>/</kbd>
    </button>
  );
}

function Navigation({ groups }: { readonly groups: readonly NavigationGroup[] }) {
  const isHere = useIsHere(groups);
  const rest = groups.flatMap(({ items }) => items.filter(({ isFirst }) => isFirst !== true));
  return (
    <nav className={styles["side"]} aria-label={words.navigation}>
      {groups.map(({ heading, items }, index) => (
        <div key={heading ?? index} className={styles["group"]}>
          {heading !== undefined && <div className={styles["heading"]}>{heading}</div>}
          {items.map((item) => (
            <PageLink
              key={item.label}
              target={item.target}
              className={styles["item"] ?? ""}
              {...(isHere(item) ? { "aria-current": "page" } : {})}
              {...(item.isFirst === true ? { "data-first": "" } : {})}
            >
              {item.icon}
              {item.label}
            </PageLink>
          ))}
        </div>
      ))}
      {rest.length > 0 && <More items={rest} />}
    </nav>
  );
}

function More({ items }: { readonly items: readonly NavigationItem[] }) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className={styles["more"]}>
        <Ellipsis size={18} aria-hidden />
        {words.more}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu["menu"]} side="top" collisionPadding={8}>
          {items.map((item) => (
            <DropdownMenu.Item key={item.label} asChild className={menu["item"]}>
              <PageLink target={item.target}>
                {item.icon}
                {item.label}
              </PageLink>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The item with the longest path above the current one is the current item. */
function useIsHere(groups: readonly NavigationGroup[]): (item: NavigationItem) => boolean {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const fits = (item: NavigationItem): number => {
    const start = toPathname(item.target);
    if (start === "/") return path === "/" || path === "" ? 1 : 0;
    return path === start || path.startsWith(`${start}/`) ? start.length : 0;
  };
  const best = groups
    .flatMap(({ items }) => items)
    .reduce<NavigationItem | null>(
      (found, item) => (fits(item) > (found === null ? 0 : fits(found)) ? item : found),
      null,
    );
  return (item) => item.target.to === best?.target.to;
}

function toPathname({ to, params = {} }: Target): string {
  return to.replaceAll(/\$(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}
