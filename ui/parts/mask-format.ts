/** Masks for screens that others can see. */
const SHOWN_START = 5;
const SHOWN_END = 4;
const LEAST_HIDDEN = 3;

/** `+12065550188` → `+1206•••0188`; short numbers keep only their end. */
export function maskNumber(number: string): string {
  const end = number.slice(-Math.min(SHOWN_END, Math.floor(number.length / 2)));
  const isLong = number.length >= SHOWN_START + SHOWN_END + LEAST_HIDDEN;
  return `${isLong ? number.slice(0, SHOWN_START) : ""}•••${end}`;
}

/** Hides the length too: short answers such as "yes" would show by it. */
export function maskText(text: string): string {
  return text === "" ? "" : "▒▒▒▒▒▒";
}
