/**
 * Reads the prose in a file. In TypeScript that is comments, titles of tests and messages in string literals;
 * in Markdown it is paragraphs, list items and table cells.
 */
import { parseSync, Visitor } from "oxc-parser";

export type Prose = {
  readonly kind: "comment" | "title" | "message" | "page";
  readonly line: number;
  readonly text: string;
};

const TITLED = new Set(["test", "it", "describe", "suite"]);
const SQL =
  /^\s*(?:\(?SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|SET|PRAGMA|VACUUM|JOIN|WHERE|AND|FROM|ON)\b/;
/** A string with fewer words is a name or a value. */
const FEWEST_WORDS = 4;
/** Comments for the linter or the compiler. */
const DIRECTIVE = /^(?:oxlint|eslint|@ts)-/;

export function readProse(file: string, source: string): Prose[] {
  return file.endsWith(".md") ? readMarkdown(source) : readTypeScript(file, source);
}

function readTypeScript(file: string, source: string): Prose[] {
  const { program, comments } = parseSync(file, source);
  const lines = lineStarts(source);
  const found: Prose[] = [];
  for (const { start, text } of joinLines(comments, source)) {
    if (!DIRECTIVE.test(text)) found.push({ kind: "comment", line: lineAt(lines, start), text });
  }
  const isTest = !/^(?:src|demo|ui)\//.test(file) || file.endsWith(".test.ts");
  const titles = new Set<number>();
  const literal = (start: number, text: string) => {
    const isTitle = titles.has(start);
    if (!isTitle && (isTest || !isMessage(text))) return;
    found.push({ kind: isTitle ? "title" : "message", line: lineAt(lines, start), text });
  };
  new Visitor({
    CallExpression({ callee, arguments: [first] }) {
      const isTitled = callee.type === "Identifier" && TITLED.has(callee.name);
      if (isTitled && first !== undefined) titles.add(first.start);
    },
    Literal({ start, value }) {
      if (typeof value === "string") literal(start, value);
    },
    JSXText({ start, value }) {
      literal(start, value);
    },
    TemplateLiteral({ start, quasis }) {
      literal(start, quasis.map(({ value }) => value.cooked ?? "").join("…"));
    },
  }).visit(program);
  return found.toSorted((a, b) => a.line - b.line);
}

type Comment = {
  readonly type: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
};

/** Consecutive line comments are merged. The stars of a block comment are removed. */
function joinLines(
  comments: readonly Comment[],
  source: string,
): { start: number; text: string }[] {
  const joined: { start: number; end: number; isLine: boolean; text: string }[] = [];
  for (const { type, value, start, end } of comments) {
    const isLine = type === "Line";
    const text = isLine ? value.trim() : value.replace(/^\s*\*(?: |$)?/gm, "").trim();
    const last = joined.at(-1);
    if (isLine && last?.isLine === true && /^\n[ \t]*$/.test(source.slice(last.end, start))) {
      last.text += `\n${text}`;
      last.end = end;
    } else joined.push({ start, end, isLine, text });
  }
  return joined;
}

function isMessage(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => /[a-z]{2}/.test(word));
  return (
    words.length >= FEWEST_WORDS && !SQL.test(text) && !/\n\s+(?:FROM|WHERE|VALUES)\b/.test(text)
  );
}

function readMarkdown(source: string): Prose[] {
  const found: Prose[] = [];
  const paragraph: { line: number; readonly text: string[] } = { line: 0, text: [] };
  let isCode = false;
  const end = () => {
    const text = paragraph.text.splice(0).join("\n");
    if (text !== "") found.push({ kind: "page", line: paragraph.line, text });
  };
  for (const [index, raw] of source.split("\n").entries()) {
    const line = index + 1;
    if (/^\s*```/.test(raw)) {
      end();
      isCode = !isCode;
    } else if (
      isCode ||
      /^\s*$/.test(raw) ||
      raw.startsWith("#") ||
      (/^\s{4,}\S/.test(raw) && paragraph.text.length === 0)
    )
      end();
    else if (raw.startsWith("|")) {
      end();
      for (const text of raw.split(/(?<!\\)\|/)) {
        if (/[a-z]{2}/.test(text)) found.push({ kind: "page", line, text: text.trim() });
      }
    } else {
      if (/^\s*(?:[-*]|\d+\.)\s/.test(raw)) end();
      if (paragraph.text.length === 0) paragraph.line = line;
      paragraph.text.push(raw);
    }
  }
  end();
  return found;
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1))
    starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let line = starts.length;
  while (line > 1 && (starts[line - 1] ?? 0) > offset) line -= 1;
  return line;
}
