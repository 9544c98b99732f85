/** The navigation of the portal: its pages that exist. */
import Activity from "lucide-react/icons/activity";
import BookOpen from "lucide-react/icons/book-open";
import CircleX from "lucide-react/icons/circle-x";
import ListChecks from "lucide-react/icons/list-checks";
import MessageSquare from "lucide-react/icons/message-square";
import SearchIcon from "lucide-react/icons/search";
import Webhook from "lucide-react/icons/webhook";
import type { NavigationGroup, NavigationItem } from "../parts/shell.tsx";
import { portalWords } from "../words/portal.ts";
import { PORTAL_PAGES } from "./pages.ts";

const { pages } = portalWords;
const EXISTING: ReadonlySet<string> = new Set(PORTAL_PAGES.map(({ path }) => path));

const ITEMS: readonly NavigationItem[] = [
  {
    label: pages.endpoints,
    icon: <Webhook size={16} aria-hidden />,
    target: { to: "/endpoints" },
    key: "e",
    isFirst: true,
  },
  {
    label: pages.texts,
    icon: <MessageSquare size={16} aria-hidden />,
    target: { to: "/texts" },
    key: "t",
    isFirst: true,
  },
  {
    label: pages.events,
    icon: <Activity size={16} aria-hidden />,
    target: { to: "/events" },
    key: "n",
    isFirst: true,
  },
  {
    label: pages.failed,
    icon: <CircleX size={16} aria-hidden />,
    target: { to: "/failed" },
    key: "f",
    isFirst: true,
  },
  {
    label: pages.catalog,
    icon: <BookOpen size={16} aria-hidden />,
    target: { to: "/catalog" },
  },
  {
    label: pages.search,
    icon: <SearchIcon size={16} aria-hidden />,
    target: { to: "/search" },
  },
  { label: pages.tasks, icon: <ListChecks size={16} aria-hidden />, target: { to: "/tasks" } },
];

export const PORTAL_NAVIGATION: readonly NavigationGroup[] = [
  { items: ITEMS.filter(({ target }) => EXISTING.has(target.to)) },
];
