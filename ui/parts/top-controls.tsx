/** Live or paused, zone, mask, theme: the choices that hold for every page. */
import Eye from "lucide-react/icons/eye";
import EyeOff from "lucide-react/icons/eye-off";
import Monitor from "lucide-react/icons/monitor";
import Moon from "lucide-react/icons/moon";
import Sun from "lucide-react/icons/sun";
import { useLostAt } from "../api/live-state.ts";
import { useFace } from "../face.tsx";
import { setPreferences, usePreferences } from "../preferences.ts";
import { words } from "../words.ts";
import { Button, IconButton } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Menu } from "./menu.tsx";
import styles from "./shell.module.css";
import { useLinkKey } from "./row-keys.ts";
import { toAge } from "./time-format.ts";
import { useKeys } from "./use-keys.ts";
import { useNow } from "./use-now.ts";

const THEMES = ["system", "light", "dark"] as const;
const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon } as const;

export function TopControls() {
  const { theme, zone, isMasked, isLive } = usePreferences();
  const { session } = useFace();
  const Icon = THEME_ICONS[theme];
  return (
    <>
      <LiveButton isLive={isLive} />
      <Button
        look="quiet"
        className={styles["roomy"]}
        aria-label={`${words.zone.label}: ${zone === "utc" ? "UTC" : toZoneName()}`}
        aria-keyshortcuts="z"
        onClick={toggleZone}
      >
        {zone === "utc" ? "UTC" : toZoneName()}
      </Button>
      <IconButton
        label={isMasked ? words.mask.on : words.mask[session.masked ? "byServer" : "off"]}
        shortcut="m"
        isPressed={isMasked}
        onClick={toggleMask}
        icon={isMasked ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
      />
      <Menu
        align="end"
        trigger={
          <Button
            look="quiet"
            aria-label={words.theme.label}
            icon={<Icon size={15} aria-hidden />}
          />
        }
        groups={[
          {
            label: words.theme.label,
            items: THEMES.map((one) => ({
              label: words.theme[one],
              isChosen: one === theme,
              run: () => setPreferences({ theme: one }),
            })),
          },
          {
            label: words.zone.label,
            items: (["local", "utc"] as const).map((one) => ({
              label: words.zone[one],
              isChosen: one === zone,
              run: () => setPreferences({ zone: one }),
            })),
          },
        ]}
      />
    </>
  );
}

/** While the stream is lost, the sign says how old the view may be. */
function LiveButton({ isLive }: { readonly isLive: boolean }) {
  const lostAt = useLostAt();
  const isLost = isLive && lostAt !== null;
  return (
    <Button
      look="quiet"
      aria-pressed={isLive}
      aria-keyshortcuts="p"
      onClick={toggleLive}
      title={isLost ? words.live.lostHint : undefined}
      icon={
        <span
          className={classNames(
            styles["live"],
            !isLive && styles["paused"],
            isLost && styles["lost"],
          )}
        />
      }
    >
      {isLost ? <LostSince at={lostAt} /> : words.live[isLive ? "live" : "paused"]}
    </Button>
  );
}

function LostSince({ at }: { readonly at: number }) {
  return words.live.lost(toAge(at, useNow()));
}

/** The keys of these choices. */
export function useControlKeys(): void {
  const { live, zone, mask } = words;
  useLinkKey();
  useKeys([
    { keys: "p", label: live.label, run: toggleLive },
    { keys: "z", label: zone.label, run: toggleZone },
    { keys: "m", label: mask.label, run: toggleMask },
  ]);
}

function toggleLive(): void {
  setPreferences(({ isLive }) => ({ isLive: !isLive }));
}

function toggleZone(): void {
  setPreferences(({ zone }) => ({ zone: zone === "utc" ? "local" : "utc" }));
}

function toggleMask(): void {
  setPreferences(({ isMasked }) => ({ isMasked: !isMasked }));
}

/** `UTC+1`, as short as the browser has it. */
function toZoneName(): string {
  const part = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" })
    .formatToParts(new Date())
    .find(({ type }) => type === "timeZoneName");
  return (part?.value ?? "").replace("GMT", "UTC");
}
