/**
 * A step of the store (`src/store/session.ts`) that is called without `yield*` does nothing, and no type
 * complains where its result is unused. This test finds such statements in the shared rules.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseSync, Visitor, type Expression } from "oxc-parser";

const ROOT = join(import.meta.dirname, "..");
/** Every folder of rules; the folders of drivers and of `hookline copy` have none. */
const RULES =
  "src/store/{tenancy,jobs,history,endpoints,maintenance,queue,series,search,failures}/*.ts";
/** Methods of a session that return no steps. */
const PLAIN = new Set([
  "endpointChanged",
  "appChanged",
  "linesChanged",
  "contactsChanged",
  "checkDeadline",
  "probeMoved",
  "tally",
  "pendingChanged",
  "leasesEnded",
  "drainSuppressed",
  "isFarBehind",
]);

test("every step of a rule is run by yield*", () => {
  const files = globSync(RULES, { cwd: ROOT });
  const sources = files.map((file) => readFileSync(join(ROOT, file), "utf8"));
  const generators = new Set(sources.flatMap(generatorNames));
  assert.ok(generators.size > 30, `only ${generators.size} rules found`);
  const lost = files.flatMap((file, index) =>
    lostSteps(sources[index] ?? "", generators).map((text) => `${file}: ${text}`),
  );
  assert.deepEqual(lost, []);
});

test("a step without yield* is found, alone or behind a condition", () => {
  const rules = new Set(["refuse"]);
  for (const statement of [
    's.run("DELETE");',
    "refuse(s);",
    "x && refuse(s);",
    'x ? s.run("") : 0;',
  ]) {
    assert.equal(lostSteps(`function* rule(s) { ${statement} }`, rules).length, 1, statement);
  }
  const fine =
    'function* rule(s) { yield* s.run(""); yield* refuse(s); s.appChanged(1); return s.one(""); }';
  assert.deepEqual(lostSteps(fine, rules), []);
});

function generatorNames(source: string): string[] {
  return [...source.matchAll(/^(?:export )?function\* ?(\w+)/gm)].map(([, name = ""]) => name);
}

/** Expression statements that call a step and drop it. */
function lostSteps(source: string, generators: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const isStep = (node: Expression): boolean => {
    if (node.type === "LogicalExpression") return isStep(node.right);
    if (node.type === "ConditionalExpression")
      return isStep(node.consequent) || isStep(node.alternate);
    if (node.type !== "CallExpression") return false;
    const { callee } = node;
    if (callee.type === "Identifier") return generators.has(callee.name);
    return (
      callee.type === "MemberExpression" &&
      callee.object.type === "Identifier" &&
      callee.object.name === "s" &&
      callee.property.type === "Identifier" &&
      !PLAIN.has(callee.property.name)
    );
  };
  new Visitor({
    ExpressionStatement({ expression, start, end }) {
      if (isStep(expression)) found.push(source.slice(start, end));
    },
  }).visit(parseSync("rules.ts", source).program);
  return found;
}
