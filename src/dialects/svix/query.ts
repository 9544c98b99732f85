/** Reads the query of a request by hand: every problem is gathered, and no parameter is ignored. */
import type { FastifyRequest } from "fastify";
import { AppError, MOST_PROBLEMS } from "../../core/error.ts";
import type { FieldProblem } from "../../core/error.ts";
import { parseInstant } from "../read-fields.ts";

export type QueryReader = {
  text(name: string): string | undefined;
  integer(name: string, rules: { readonly min: number; readonly max: number }): number | undefined;
  flag(name: string): boolean | undefined;
  /** An RFC 3339 time, as milliseconds. */
  instant(name: string): number | undefined;
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
  /** Given several times, or once with commas. */
  texts(name: string): readonly string[] | undefined;
  refuse(name: string, message: string): void;
  finish(): void;
};

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
      // A + of an offset that was not escaped arrives as a blank.
      const at =
        value === undefined ? undefined : parseInstant(value.replace(/ (\d\d:\d\d)$/, "+$1"));
      if (value === undefined || at !== undefined) return at;
      return refuse(name, "must be an RFC 3339 time such as 2026-05-06T04:00:00Z");
    },
    choice(name, choices) {
      const value = text(name);
      const chosen = choices.find((choice) => choice === value);
      if (value === undefined || chosen !== undefined) return chosen;
      return refuse(name, `must be ${choices.join(" or ")}`);
    },
    texts(name) {
      asked.add(name);
      const value = given[name];
      if (value === undefined) return undefined;
      return [value]
        .flat()
        .flatMap((item) => item.split(","))
        .filter((item) => item !== "");
    },
    finish() {
      for (const name of Object.keys(given)) {
        if (!asked.has(name)) refuse(name, "this parameter is not known here", "value_error.extra");
      }
      const [first] = problems;
      if (first === undefined) return;
      throw new AppError("invalid_field", `${first.path.join(".")}: ${first.message}`, {
        problems,
      });
    },
  };
}
