/** Reads the `Dockerfile`. The reader supports the features that the file uses, and refuses others. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./compose-file.ts";

export type Instruction = { readonly word: string; readonly rest: string };

export type Image = {
  /** `ENTRYPOINT` and `CMD` of the last stage. */
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
};

const WORDS = "FROM WORKDIR COPY RUN ENV USER EXPOSE HEALTHCHECK ENTRYPOINT CMD".split(" ");

export function readInstructions(): readonly Instruction[] {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, "");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [word = "", ...rest] = line.split(" ");
    if (!WORDS.includes(word)) throw new Error(`"${line}" is not read here`);
    return { word, rest: rest.join(" ") };
  });
}

export function readImage(): Image {
  const all = readInstructions();
  const last = all.slice(all.findLastIndex(({ word }) => word === "FROM"));
  const only = (word: string): string => {
    const found = last.filter((one) => one.word === word);
    if (found.length !== 1) throw new Error(`the image has ${found.length} times ${word}`);
    return found[0]?.rest ?? "";
  };
  const listIn = (text: string): string[] => JSON.parse(text.slice(text.indexOf("["))) as string[];
  const [, name, value] = /^(\w+)=([^\s="]+)$/.exec(only("ENV")) ?? [];
  if (name === undefined || value === undefined) throw new Error("ENV is not read here");
  return {
    command: [...listIn(only("ENTRYPOINT")), ...listIn(only("CMD"))],
    healthCheck: listIn(only("HEALTHCHECK")),
    user: only("USER"),
    environment: { [name]: value },
  };
}
