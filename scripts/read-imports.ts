/**
 * Reads which modules a TypeScript source imports, without a parser. Comments and regular expressions are
 * blanked and strings are set aside first, so that text which only looks like an import does not count.
 * Type-only imports count, because they make one file depend on another too.
 */
export type ModuleImport = {
  /** The specifier as written; undefined when the source computes it, so that no rule can check it. */
  readonly specifier: string | undefined;
  readonly line: number;
};

/** A string literal in masked code is its index in `strings` between quotes: `from "0"`. */
type MaskedSource = { readonly code: string; readonly strings: readonly string[] };

const FORMS = [
  // import x, { y } from "…"; export * from "…"; the names in between contain no string and no call.
  /\b(?:import|export)\b[^;"()]*?\bfrom\s*"(\d+)"/g,
  // import "…"
  /\bimport\s*"(\d+)"/g,
  // import("…") as an expression or a type; computed when no plain string follows. A method has a dot before it.
  /(?<!(?<!\.\.)\.)\bimport\s*\(\s*(?:"(\d+)"\s*[,)]|)/g,
  // new Worker(new URL("….ts", import.meta.url))
  /\bnew\s+URL\s*\(\s*"(\d+)"\s*,\s*import\.meta\.url/g,
];

export function readImports(source: string): ModuleImport[] {
  const { code, strings } = maskLiterals(source);
  const found = FORMS.flatMap((form, index) =>
    [...code.matchAll(form)].map((match) => ({
      isUrl: index === 3,
      at: match.index + match[0].length,
      specifier: match[1] === undefined ? undefined : strings[Number(match[1])],
    })),
  );
  return found
    .filter(({ isUrl, specifier }) => !isUrl || specifier?.endsWith(".ts"))
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, specifier }) => ({ specifier, line: code.slice(0, at).split("\n").length }));
}

// A slash begins a regular expression where a value may begin, that is after these.
const BEFORE_VALUE = /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|of|in|await|yield))\s*$/;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const QUOTED = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;

function maskLiterals(source: string): MaskedSource {
  const strings: string[] = [];
  // One entry per open template: the number of open braces in its current expression.
  const templates: number[] = [];
  let code = "";
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    at += text?.length ?? 0;
    return text;
  };
  const breaks = (text: string): string => text.replace(/[^\n]/g, "");
  const keep = (content: string): void => {
    code += `"${strings.push(content) - 1}"${breaks(content)}`;
  };
  // Continues inside a template: to its end, or to the next `${`, whose expression is read as code.
  const takeTemplate = (isStart: boolean): void => {
    const text = take(TEMPLATE_PART) ?? "";
    const isWhole = isStart && source[at] === "`";
    if (isWhole) keep(text);
    else code += breaks(text);
    if (source[at] === "$") {
      templates.push(0);
      at += 2;
    } else {
      at += 1;
    }
  };

  while (at < source.length) {
    const char = source[at] as string;
    const comment = char === "/" ? take(COMMENT) : undefined;
    if (comment !== undefined) {
      code += ` ${breaks(comment)}`;
      continue;
    }
    if (char === "/" && BEFORE_VALUE.test(code.slice(-40)) && take(REGEX) !== undefined) {
      code += " 0 ";
      continue;
    }
    const quoted = char === '"' || char === "'" ? take(QUOTED) : undefined;
    if (quoted !== undefined) {
      keep(quoted.slice(1, -1));
      continue;
    }
    at += 1;
    const open = templates.at(-1);
    if (char === "`") {
      takeTemplate(true);
    } else if (char === "}" && open === 0) {
      templates.pop();
      takeTemplate(false);
    } else {
      if (open !== undefined && char === "{") templates[templates.length - 1] = open + 1;
      if (open !== undefined && char === "}") templates[templates.length - 1] = open - 1;
      code += char;
    }
  }
  return { code, strings };
}
