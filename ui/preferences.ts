/**
 * Choices of the person at this browser: theme, zone, mask, and whether the page updates by itself. They are
 * kept in `localStorage` where that is allowed; a frame of another site may be refused it, and works as well.
 */
import { useSyncExternalStore } from "react";

export type Preferences = {
  readonly theme: "system" | "light" | "dark";
  readonly zone: "local" | "utc";
  readonly isMasked: boolean;
  readonly isLive: boolean;
  /** The app chosen last in the dashboard. */
  readonly app: string | null;
  /** The steps of a first visit were hidden before they were done. */
  readonly hidesFirstSteps: boolean;
};

const KEY = "hookline.preferences";
const DEFAULTS: Preferences = {
  theme: "system",
  zone: "local",
  isMasked: false,
  isLive: true,
  app: null,
  hidesFirstSteps: false,
};

const listeners = new Set<() => void>();
let current: Preferences = read();
showTheme();

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}

/** A function gets the choices in force, for keys that turn one over. */
export function setPreferences(
  change: Partial<Preferences> | ((now: Preferences) => Partial<Preferences>),
): void {
  current = { ...current, ...(typeof change === "function" ? change(current) : change) };
  showTheme();
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Preferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...(kept as Partial<Preferences>) };
  } catch {
    return DEFAULTS;
  }
}

/** Without a choice the colours follow the system, which is a rule of the style sheet. */
function showTheme(): void {
  const { dataset } = document.documentElement;
  if (current.theme === "system") delete dataset["theme"];
  else dataset["theme"] = current.theme;
}
