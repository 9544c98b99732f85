/** Reads the query of a request by hand. Every problem is collected, and no parameter is ignored. */
import type { FastifyRequest } from "fastify";
import { AppError, MOST_PROBLEMS } from "../../../core/error.ts";
import type { FieldProblem } from "../../../core/error.ts";
import { INSTANT_FORM, parseInstant } from "../../../core/instant.ts";
import { findCharacterProblem } from "../../check-text.ts";

export type QueryReader = {
  text(name: string): string | undefined;
  integer(name: string, rules: { readonly min: number; readonly max: number }): number | undefined;
  flag(name: string): boolean | undefined;
  /** An RFC 3339 time, as milliseconds. */
  instant(name: string): number | undefined;
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
  /** A list that is given as repeated parameters, with commas, or as `name[]` and `name[0]`. */
  texts(name: string): readonly string[] | undefined;
  /** Accepts parameters that have no effect here. */
  letThrough(names: readonly string[]): void;
  refuse(name: string, message: string): void;
  finish(): void;
};

/** The index with which some clients number the items of a list. */
const LIST_INDEX = /\[\d{0,4}\]$/;

export function readQuery(request: FastifyRequest): QueryReader {
  const given = request.query as Readonly<Record<string, string | string[]>>;
  const asked = new Set<string>();
  const problems: FieldProblem[] = [];

  function refuse(name: string, message: string, kind = "value_error"): undefined {
    if (problems.length < MOST_PROBLEMS) problems.push({ path: ["query", name], message, kind });
  }
  function text(name: string): string | undefined {
    asked.add(name);
    const value = given[name];
    if (Array.isArray(value)) return refuse(name, "must be given once");
    return value;
  }
  return {
    text,
    refuse,
    integer(name, { min, max }) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      return refuse(name, `must be a whole number from ${min} to ${max}`);
    },
    flag(name) {
      const value = text(name);
      if (value === undefined || value === "true" || value === "false") {
        return value === undefined ? undefined : value === "true";
      }
      return refuse(name, "must be true or false");
    },
    instant(name) {
      const value = text(name);
      // An unescaped `+` of an offset arrives as a blank.
      const at =
        value === undefined ? undefined : parseInstant(value.replace(/ (\d\d:\d\d)$/, "+$1"));
      if (value === undefined || at !== undefined) return at;
      return refuse(name, `must be ${INSTANT_FORM}`);
    },
    choice(name, choices) {
      const value = text(name);
      const chosen = choices.find((choice) => choice === value);
      if (value === undefined || chosen !== undefined) return chosen;
      return refuse(name, `must be ${choices.join(" or ")}`);
    },
    texts(name) {
      const names = Object.keys(given).filter((key) => key.replace(LIST_INDEX, "") === name);
      for (const one of names) asked.add(one);
      if (names.length === 0) return undefined;
      return names
        .flatMap((one) => given[one] ?? [])
        .flatMap((item) => item.split(","))
        .filter((item) => item !== "");
    },
    letThrough(names) {
      for (const name of Object.keys(given)) {
        if (names.includes(name.replace(LIST_INDEX, ""))) asked.add(name);
      }
    },
    finish() {
      for (const name of Object.keys(given)) {
        if (!asked.has(name))
          refuse(
            name,
            "this parameter is unknown: check its spelling or remove it",
            "value_error.extra",
          );
        const problem = [given[name] ?? []].flat().map(findCharacterProblem).find(Boolean);
        if (problem !== undefined) refuse(name, problem);
      }
      const [first] = problems;
      if (first === undefined) return;
      throw new AppError("invalid_field", `${first.path.join(".")}: ${first.message}`, {
        problems,
      });
    },
  };
}
