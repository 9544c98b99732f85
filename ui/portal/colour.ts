/** The accent colour of a host, made readable on the portal's own backgrounds. */

type Rgb = readonly [red: number, green: number, blue: number];

/** The contrast of text, by WCAG 2.2 AA. */
const LEAST_CONTRAST = 4.5;
const STEPS = 20;
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/** `--raised` and `--selected` of the two themes: an accent is written on both. */
const LIGHT: readonly Rgb[] = [WHITE, [233, 235, 251]];
const DARK: readonly Rgb[] = [
  [27, 28, 33],
  [37, 42, 72],
];

export type Accent = {
  readonly light: string;
  readonly dark: string;
  /** The colour of text on the accent. */
  readonly lightInk: string;
  readonly darkInk: string;
};

/** Null unless the text is `#rgb` or `#rrggbb`, with or without the `#`. */
export function findAccent(text: string): Accent | null {
  const colour = findRgb(text);
  if (colour === null) return null;
  const light = toReadable(colour, LIGHT, BLACK);
  const dark = toReadable(colour, DARK, WHITE);
  return {
    light: toHex(light),
    dark: toHex(dark),
    lightInk: toHex(toInk(light)),
    darkInk: toHex(toInk(dark)),
  };
}

export function contrast(one: string, other: string): number {
  const [a, b] = [findRgb(one), findRgb(other)];
  return a === null || b === null ? 0 : toContrast(a, b);
}

function findRgb(text: string): Rgb | null {
  const [, digits = ""] = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text.trim()) ?? [];
  if (digits === "") return null;
  const long = digits.length === 6 ? digits : digits.replaceAll(/./g, "$&$&");
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) =>
    Number.parseInt(long.slice(at, at + 2), 16),
  );
  return [red, green, blue];
}

/** Mixes the colour with another until it is readable on all of the backgrounds. */
function toReadable(colour: Rgb, backgrounds: readonly Rgb[], towards: Rgb): Rgb {
  for (let step = 0; step < STEPS; step++) {
    const mixed = mix(colour, towards, step / STEPS);
    if (backgrounds.every((one) => toContrast(mixed, one) >= LEAST_CONTRAST)) return mixed;
  }
  return towards;
}

function toInk(colour: Rgb): Rgb {
  return toContrast(colour, WHITE) >= LEAST_CONTRAST ? WHITE : BLACK;
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2): number =>
    Math.round(from[index] + (to[index] - from[index]) * share);
  return [at(0), at(1), at(2)];
}

function toContrast(one: Rgb, other: Rgb): number {
  const [a, b] = [toLuminance(one), toLuminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function toLuminance([red, green, blue]: Rgb): number {
  const linear = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function toHex(colour: Rgb): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
