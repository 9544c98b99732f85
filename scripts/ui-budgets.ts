/** Budgets of the pages, in kB after gzip. A build over a budget fails. */
import type { PageSizes } from "./ui-bundle.ts";

const FIRST_SCRIPT_KB = 215;
const FIRST_STYLE_KB = 15;
const LAZY_KB = 35;

export function checkBudgets({ faces, lazy }: PageSizes): {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
} {
  const measured = [
    ...Object.entries(faces).flatMap(([face, { scriptBytes, styleBytes }]) => [
      { name: `first load of the ${face}`, bytes: scriptBytes, limitKb: FIRST_SCRIPT_KB },
      { name: `styles of the ${face}`, bytes: styleBytes, limitKb: FIRST_STYLE_KB },
    ]),
    ...lazy.map(({ name, bytes }) => ({ name, bytes, limitKb: LAZY_KB })),
  ];
  const problems = measured
    .filter(({ bytes, limitKb }) => bytes > limitKb * 1000)
    .map(({ name, bytes, limitKb }) => `${name}: ${toKb(bytes)} is over the ${limitKb} kB allowed`);
  const lines = Object.entries(faces).map(
    ([face, { scriptBytes, styleBytes }]) =>
      `${face} ${toKb(scriptBytes)} script and ${toKb(styleBytes)} style`,
  );
  return { lines, problems };
}

function toKb(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
