/**
 * The bench's servers start and deliver. They run the built program, and one of them replaces the store. A
 * store that lacks a new method would stop every measurement.
 */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import type * as ChildrenModule from "../bench/children.ts";
import type * as RigModule from "../bench/rig.ts";
import { buildImage } from "./harness/image.ts";
import { temporaryFolder } from "./harness/server.ts";

const EVENTS = 500;

test("every program of the bench delivers", { timeout: 240_000 }, async () => {
  using folder = temporaryFolder();
  const { stages } = await buildImage(join(folder.path, "image"));
  const bench = join(stages.get("build") ?? assert.fail("no stage is called build"), "bench");
  cpSync(join(import.meta.dirname, "../bench"), bench, { recursive: true });
  const toFile = (name: string) => pathToFileURL(join(bench, name)).href;
  const { startChildren } = (await import(toFile("children.ts"))) as typeof ChildrenModule;
  const { startSubject } = (await import(toFile("rig.ts"))) as typeof RigModule;
  await using children = await startChildren();
  const { sink } = children;
  const amounts = {} as RigModule.Amounts;
  const rig = {
    ...children,
    amounts,
    folder: folder.path,
    profile: false,
    faultRows: [],
    singlesPerSecond: undefined,
  };
  for (const program of ["full", "storeless", "empty"] as const) {
    const subject = await startSubject(rig, program, { program });
    const publisher = await subject.open(10, 4);
    const before = sink.received();
    let left = EVENTS / 10;
    const failed = new Promise<never>((_resolve, reject) => (publisher.onFailure = reject));
    publisher.onAnswer = pump;
    function pump(): void {
      while (left > 0 && publisher.publish()) left -= 1;
    }
    pump();
    await Promise.race([sink.waitFor(before + EVENTS), failed]);
    await subject.stop();
  }
});
