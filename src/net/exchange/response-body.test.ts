import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { createBodyReader } from "./response-body.ts";

/** Returns the body and the result of pieces that arrive one after the other. */
function readChunked(pieces: readonly Buffer[]): string {
  const reader = createBodyReader({ kind: "chunked" });
  let body = "";
  for (const [index, piece] of pieces.entries()) {
    const step = reader.push(piece, {
      append(taken) {
        body += taken.toString("latin1");
      },
    });
    if (step === "more") continue;
    const hasMore = pieces.slice(index + 1).some(({ length }) => length > 0);
    const isTainted = reader.isTainted || (step === "whole" && hasMore);
    return `${step}${isTainted ? " tainted" : ""}: ${body}`;
  }
  return `more: ${body}`;
}

const READ: readonly (readonly [text: string, want: string])[] = [
  ["5\r\nhello\r\n0\r\n\r\n", "whole: hello"],
  ["A;x=y\r\n0123456789\r\n1 \r\n!\r\n000\r\nx: y\r\n\r\n", "whole: 0123456789!"],
  ["5\nhello\n0\n\n", "whole tainted: hello"],
  ["1\r\na\r\n0\r\n\r\nHTTP", "whole tainted: a"],
  ["1\r0\r\n0123456789abcdef\r\n0\r\n\r\n", "whole tainted: 0123456789abcdef"],
  ["1\r\na\r\r\n0\r\n\r\n", "whole tainted: a"],
  ["1\r\na\r\n0\r\n\r\r\n", "whole tainted: a"],
  ["1 x\r\na\r\n0\r\n\r\n", "whole tainted: a"],
  ["1;x=\u0001\r\na\r\n0\r\n\r\n", "whole tainted: a"],
  ["0\r\nHTTP/1.1 200 OK\r\n\r\n", "whole tainted: "],
  ["0\r\nx : y\r\n\r\n", "whole tainted: "],
  ["0\r\n: y\r\n\r\n", "whole tainted: "],
  ["0\r\nx: \u0000\r\n\r\n", "whole tainted: "],
  ["1\r\nab\r\n", "broken: a"],
  ["zz\r\n", "broken: "],
  ["\r\n", "broken: "],
  ["-1\r\n", "broken: "],
  ["0x1\r\na", "broken: "],
  ["fffffffffffffff\r\n", "broken: "],
  [`1;${"x".repeat(5000)}`, "broken: "],
  [`0\r\n${"x: y\r\n".repeat(5000)}`, "broken: "],
  ["5\r\nhel", "more: hel"],
];

for (const [text, want] of READ) {
  test(`chunks ${JSON.stringify(text.slice(0, 60))} are ${want} in every split`, () => {
    const bytes = Buffer.from(text, "latin1");
    assert.equal(readChunked([bytes]), want);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        const at = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((start, n) => bytes.subarray(start, at[n] ?? bytes.length));
        assert.equal(readChunked(pieces), want);
      }),
    );
  });
}
