/** The navigation of the dashboard. It has the pages that exist, and those of an app once one is chosen. */
import Activity from "lucide-react/icons/activity";
import AppWindow from "lucide-react/icons/app-window";
import Ban from "lucide-react/icons/ban";
import BookOpen from "lucide-react/icons/book-open";
import CircleX from "lucide-react/icons/circle-x";
import Gauge from "lucide-react/icons/gauge";
import KeyRound from "lucide-react/icons/key-round";
import ListChecks from "lucide-react/icons/list-checks";
import MessageSquare from "lucide-react/icons/message-square";
import ScrollText from "lucide-react/icons/scroll-text";
import SearchIcon from "lucide-react/icons/search";
import Server from "lucide-react/icons/server";
import Siren from "lucide-react/icons/siren";
import Webhook from "lucide-react/icons/webhook";
import type { ComponentType } from "react";
import type { NavigationGroup, NavigationItem } from "../parts/shell.tsx";
import { operatorWords } from "../words/operator.ts";
import { OPERATOR_PAGES } from "./pages.ts";

type Entry = {
  readonly label: string;
  readonly to: string;
  readonly icon: ComponentType<{ readonly size?: number }>;
  readonly key?: string;
  readonly isFirst?: boolean;
};

const { pages } = operatorWords;
const OF_ALL: readonly Entry[] = [
  { label: pages.overview, to: "/", icon: Gauge, key: "o", isFirst: true },
  { label: pages.search, to: "/search", icon: SearchIcon },
  { label: pages.apps, to: "/apps", icon: AppWindow, key: "a", isFirst: true },
  { label: pages.endpoints, to: "/endpoints", icon: Webhook, key: "e", isFirst: true },
  { label: pages.failed, to: "/failed", icon: CircleX, key: "f", isFirst: true },
  { label: pages.tasks, to: "/tasks", icon: ListChecks },
  { label: pages.eventTypes, to: "/event-types", icon: BookOpen },
];
const OF_APP: readonly Entry[] = [
  { label: pages.texts, to: "/app/$app/texts", icon: MessageSquare, key: "t", isFirst: true },
  { label: pages.events, to: "/app/$app/events", icon: Activity, key: "n" },
];
const OF_SERVER: readonly Entry[] = [
  { label: pages.operationalWebhooks, to: "/operational-webhooks", icon: Siren },
  { label: pages.refused, to: "/refused", icon: Ban },
  { label: pages.audit, to: "/audit", icon: ScrollText },
  { label: pages.operatorKeys, to: "/operator-keys", icon: KeyRound },
  { label: pages.system, to: "/system", icon: Server },
];

/** Pages that a viewer may not read. */
const OF_OPERATORS: ReadonlySet<string> = new Set(["/operator-keys"]);
const EXISTING: ReadonlySet<string> = new Set(OPERATOR_PAGES.map(({ path }) => path));

export function toNavigation(
  app: {
    readonly id: string;
    readonly name: string;
  } | null,
  role: string,
): readonly NavigationGroup[] {
  const ofServer = OF_SERVER.filter(({ to }) => role !== "viewer" || !OF_OPERATORS.has(to));
  const ofApp = app === null ? [] : toItems(OF_APP, { app: app.id });
  return [
    { items: toItems(OF_ALL, {}) },
    { heading: app?.name ?? "", items: ofApp },
    { items: toItems(ofServer, {}) },
  ].filter(({ items }) => items.length > 0);
}

function toItems(
  entries: readonly Entry[],
  params: Readonly<Record<string, string>>,
): readonly NavigationItem[] {
  return entries
    .filter(({ to }) => EXISTING.has(to))
    .map(({ label, to, icon: Icon, key, isFirst = false }) => ({
      label,
      icon: <Icon size={16} />,
      target: { to, params },
      isFirst,
      ...(key === undefined ? {} : { key }),
    }));
}
