/** Reads the operator's choices from the page, and gives the page its look. */
import { findAccent } from "./colour.ts";
import type { Branding, Look } from "./look.ts";

const NO_BRANDING: Branding = { name: "", logo: "", accent: "", returnUrl: "" };

export function readBranding(): Branding {
  const text = document.querySelector<HTMLMetaElement>('meta[name="portal-branding"]')?.content;
  if (text === undefined) return NO_BRANDING;
  return { ...NO_BRANDING, ...(JSON.parse(text) as Partial<Branding>) };
}

export function showLook({ accent, theme, fontFamily, name }: Look): void {
  const { style, dataset } = document.documentElement;
  document.title = name;
  if (theme === "system") delete dataset["theme"];
  else if (theme !== null) dataset["theme"] = theme;
  if (fontFamily !== null) style.setProperty("--font", `"${fontFamily}", system-ui, sans-serif`);
  const colours = findAccent(accent);
  if (colours === null) return;
  const { light, dark, lightInk, darkInk } = colours;
  style.setProperty("--accent", `light-dark(${light}, ${dark})`);
  style.setProperty("--accent-strong", `light-dark(${light}, ${dark})`);
  style.setProperty("--accent-ink", `light-dark(${lightInk}, ${darkInk})`);
}
