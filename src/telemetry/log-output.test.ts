import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { openStreamOutput } from "./log-output.ts";
import { createLogger } from "./logger.ts";

test("lines beyond the buffer of an unread pipe are dropped and counted, and one line reports their number", async () => {
  const pipe = new PassThrough({ highWaterMark: 0 });
  let counted = 0;
  const output = openStreamOutput(pipe, { bufferBytes: 1_000, onDropped: () => (counted += 1) });
  const logger = createLogger({ level: "info", pretty: false, target: output });
  for (let count = 0; count < 50; count++) logger.info({ count }, "said");
  assert.ok(pipe.writableLength <= 1_000, "the buffer is bounded");
  assert.ok(counted > 0);

  let text = "";
  pipe.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(pipe, "drain");
  logger.info("heard");
  pipe.end();
  await once(pipe, "end");
  const lines = text.trim().split("\n");
  const read = lines.map((line) => JSON.parse(line) as { msg: string; lines?: number });
  assert.equal(read.filter(({ msg }) => msg === "said").length, 50 - counted);
  assert.deepEqual(
    read.slice(-2).map(({ msg, lines: number }) => [msg, number]),
    [
      ["heard", undefined],
      ["log lines were dropped: the log was not read, or its disk was full", counted],
    ],
  );
});

test("lines written after the reader has closed are counted and do no harm", async () => {
  const pipe = new PassThrough();
  let counted = 0;
  const output = openStreamOutput(pipe, { bufferBytes: 1_000, onDropped: () => (counted += 1) });
  output.write("one\n");
  pipe.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  output.write("two\n");
  assert.equal(counted, 1);
});
