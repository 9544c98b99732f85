/** Parses one YAML text in a separate thread, and answers with it as JSON. */
import { parentPort, workerData } from "node:worker_threads";
import { parse } from "yaml";
import type { YamlReply } from "./read-yaml.ts";

if (parentPort === null) throw new Error("yaml-worker.ts must run in a worker thread");
parentPort.postMessage(read(workerData as string));

function read(text: string): YamlReply {
  try {
    // An alias is expanded at most 100 times, so a small text stays small.
    return {
      json: JSON.stringify(parse(text, { maxAliasCount: 100, logLevel: "error" })) ?? "null",
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "it cannot be read" };
  }
}
