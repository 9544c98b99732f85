/** The rules of plain English that a program can check. CONTRIBUTING.md describes them. */
import type { Prose } from "./read-prose.ts";

export type Finding = { readonly at: string; readonly rule: string; readonly text: string };

const WORDS_LIMIT = 25;
/** Words with a plainer replacement: a noun, or the field's term. */
const WORDS: readonly RegExp[] = [
  /\bwho(?:m|ever|mever)\b/i,
  /\b(?:no|some|any)body\b/i,
  /\bsomeone\b/i,
  /\bwhat(?:ever)?\b(?! is (?:Hookline|this)\b)(?!['’]s)/i,
  /\banew\b/i,
  /\bowe[ds]?\b/i,
  /\b(?:told|tells?)\b/i,
  /\bof (?:its|his|their|our|her) own\b/i,
  /\b(?:seal(?:s|ed|ing)?|reseal\w*|surfaces?)\b/i,
  /\bputs? away\b/i,
  /\bvouch\w*\b/i,
];
/** Openings of a comment whose subject comes later, or is missing. */
const NO_SUBJECT =
  /^(?:Of|As|So|Than|Too|Also|Nothing|None|Else|Such|Means|Goes|Comes|Is|Are|Was|Were|Has|Have|Had|Been|Not|Or|And|But)\b/;

export function checkProse(file: string, { kind, line, text }: Prose): Finding[] {
  const at = `${file}:${line}`;
  const plain = text
    .replace(/`[^`\n]*`/g, "`code`")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/https?:\/\/\S+/g, "url")
    .replace(/"[^"\n]*"/g, (quoted) =>
      kind === "comment" || kind === "page" ? '"quoted"' : quoted,
    );
  const words = WORDS.flatMap((word) => {
    const found = word.exec(plain);
    return found === null
      ? []
      : [{ at, rule: "word", text: `"${found[0]}" in: ${around(plain, found.index)}` }];
  });
  const long = sentences(plain)
    .filter((sentence) => countWords(sentence) > WORDS_LIMIT)
    .map((sentence) => ({
      at,
      rule: "long sentence",
      text: `${countWords(sentence)} words: ${sentence}`,
    }));
  const opening =
    kind === "comment" && NO_SUBJECT.test(plain)
      ? [{ at, rule: "no subject", text: around(plain, 0) }]
      : [];
  return [...words, ...long, ...opening];
}

function sentences(text: string): string[] {
  return text
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n {2,}(?=\S)/)
    .flatMap((part) => part.replace(/\s+/g, " ").split(/(?<=[.!?:;])["')\]*_]*\s/))
    .map((sentence) => sentence.trim());
}

function countWords(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word)).length;
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 40), index + 60).replace(/\s+/g, " ");
}
