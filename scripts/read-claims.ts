/**
 * Reads `docs/claims.md`: the test that fails when a promise is broken. An interpolation `${…}` in the title
 * of a test is `…` on the page.
 */
export type Claim = {
  readonly promise: string;
  /** The path relative to the root of the repository. */
  readonly file: string;
  readonly test: string;
};

const HEAD = "| promise |";
const LINK = /^\[[^\]]+\]\(\.\.\/([^)#]+)\)$/;
const TEST_NAME = /\b(?:test|testInNamespace)\(\s*(["'`])([^]*?[^\\])\1/g;

/** The rows of all its tables of promises. Throws for a row that names no file. */
export function readClaims(page: string): readonly Claim[] {
  const claims: Claim[] = [];
  let isInTable = false;
  for (const line of page.split("\n")) {
    if (!line.startsWith("|")) isInTable = false;
    else if (line.startsWith(HEAD)) isInTable = true;
    else if (isInTable && !line.startsWith("| ---")) claims.push(readClaim(line));
  }
  return claims;
}

function readClaim(line: string): Claim {
  const cells = line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
  const [promise = "", , , place = "", test = ""] = cells;
  const file = LINK.exec(place)?.[1];
  if (file === undefined || test === "") throw new Error(`the row "${promise}" has no test`);
  return { promise, file, test };
}

/** Every title of a test in a source, as the page writes it. */
export function testNamesIn(source: string): readonly string[] {
  return Array.from(source.matchAll(TEST_NAME), ([, , name = ""]) =>
    name.replaceAll(/\$\{[^}]*\}/g, "…"),
  );
}

/** Matches the runtime name of a test with this title. */
export function toPattern(test: string): RegExp {
  const parts = test.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
