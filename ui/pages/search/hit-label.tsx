/** A hit as one line: its kind, its name with numbers masked, and the words of a text. */
import Activity from "lucide-react/icons/activity";
import AppWindow from "lucide-react/icons/app-window";
import ListChecks from "lucide-react/icons/list-checks";
import MessageSquare from "lucide-react/icons/message-square";
import Phone from "lucide-react/icons/phone";
import Webhook from "lucide-react/icons/webhook";
import { maskNumbersIn } from "../../../src/core/privacy/mask-number.ts";
import { usePreferences } from "../../preferences.ts";
import { showControls } from "../../show-controls.ts";
import type { Hit } from "./use-hits.ts";

const ICONS = {
  app: AppWindow,
  contact: Phone,
  endpoint: Webhook,
  event: Activity,
  task: ListChecks,
  text: MessageSquare,
} as const satisfies Record<Hit["kind"], unknown>;

export function HitIcon({ kind }: Pick<Hit, "kind">) {
  const Icon = ICONS[kind];
  return <Icon size={14} aria-hidden />;
}

export function HitLabel({ label }: Pick<Hit, "label">) {
  const { isMasked } = usePreferences();
  return <span>{showControls(isMasked ? maskNumbersIn(label) : label)}</span>;
}
