/**
 * The scanner alone: every split has the same result, no input makes it throw, and it holds a bounded number
 * of bytes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { HEAD_LIMIT_BYTES, HeadScanner, INTERIM_LIMIT } from "./response-head.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\n";

/** The result of the pieces as one text, with the bytes after the head. */
function scan(pieces: readonly Buffer[]): string {
  const scanner = new HeadScanner();
  for (const [index, piece] of pieces.entries()) {
    const found = scanner.push(piece);
    if (found.kind === "more") continue;
    if (found.kind === "failed") return `${found.reason}: ${found.detail}`;
    const rest = Buffer.concat([found.rest, ...pieces.slice(index + 1)]);
    return JSON.stringify({ ...found.head, rest: rest.toString("latin1") });
  }
  const cut = scanner.end();
  return cut === undefined ? "more" : `cut ${JSON.stringify(cut)}`;
}

function scanText(text: string) {
  const scanner = new HeadScanner();
  const found = scanner.push(Buffer.from(text, "latin1"));
  assert.ok(found.kind === "final", `${found.kind} of ${JSON.stringify(text.slice(0, 80))}`);
  return found.head;
}

const line = fc.oneof(
  fc.constantFrom(
    OK,
    CONTINUE,
    "HTTP/1.1 204\n",
    "HTTP/1.0 410 Gone\r\n",
    "HTTP/2 200\r\n",
    "content-length: 5\r\n",
    "Content-Length : 6\n",
    "Content-Length: 5, 5\r\n",
    "transfer-encoding: gzip, chunked\r\n",
    " folded\r\n",
    "retry-after: 7\r\n",
    "connection: close\r\n",
    "keep-alive: timeout=5\r\n",
    "\r\n",
    "\n",
    "\r",
    "\0\0\u0006\u0004\0\0\0\0\0",
    `x: ${"y".repeat(33_000)}\r\n`,
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const answer = fc
  .tuple(fc.constantFrom("", OK, CONTINUE, "HTTP/1.1 2"), fc.array(line, { maxLength: 30 }))
  .map(([start, lines]) => Buffer.from(start + lines.join(""), "latin1"));

test("the same bytes have the same head in every split, and no input makes it throw", () => {
  fc.assert(
    fc.property(answer, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
      const at = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
      const pieces = [0, ...at].map((start, n) => bytes.subarray(start, at[n] ?? bytes.length));
      assert.equal(scan(pieces), scan([bytes]));
    }),
    { numRuns: 1500 },
  );
});

test("a head split at each single byte has the same result", () => {
  const text = `\r\n${CONTINUE}${OK}A: b\r\n c\r\nContent-Length : 3\n\r\nabc`;
  const bytes = Buffer.from(text, "latin1");
  const whole = scan([bytes]);
  assert.match(whole, /"status":200.*"bytes":3.*"isBroken":true.*"rest":"abc"/);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.equal(scan([bytes.subarray(0, cut), bytes.subarray(cut)]), whole);
  }
  assert.equal(scan(Array.from(bytes, (byte) => Buffer.of(byte))), whole);
});

test("no input makes it hold more than a head and a chunk", () => {
  const floods = ["a: b\r\n", CONTINUE, "\r\n", `${CONTINUE.slice(0, -2)}x: y\r\n`, "\0"];
  for (const flood of floods) {
    for (const start of ["", OK, CONTINUE]) {
      const scanner = new HeadScanner();
      let taken = 0;
      const piece = Buffer.from(flood);
      for (
        let found = scanner.push(Buffer.from(start));
        found.kind === "more";
        taken += piece.length
      ) {
        assert.ok(taken <= 2 * HEAD_LIMIT_BYTES, `${taken} bytes of ${JSON.stringify(flood)}`);
        found = scanner.push(piece);
      }
    }
  }
});

test("sixteen interim responses are skipped, and seventeen are a failure that names them", () => {
  assert.equal(scanText(`${CONTINUE.repeat(INTERIM_LIMIT)}${OK}\r\n`).status, 200);
  const failed = scan([Buffer.from(`${CONTINUE.repeat(INTERIM_LIMIT + 1)}${OK}\r\n`)]);
  assert.match(failed, /^protocol: .*more than 16 interim responses/);
});

test("an unsolicited protocol switch and HTTP/2 are failures that name the cause", () => {
  assert.match(scan([Buffer.from("HTTP/1.1 101 Switch\r\n\r\n")]), /101/);
  assert.match(scan([Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0])]), /supports only HTTP\/2/);
  assert.match(scan([Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0])]), /supports only HTTP\/2/);
  const ofStream = [0, 0, 6, 4, 0, 0, 0, 0, 1];
  const dataFrame = [0, 0, 6, 0, 0, 0, 0, 0, 0];
  for (const frame of [ofStream, dataFrame]) {
    assert.equal(scan([Buffer.from(frame)]), "protocol: the response is not valid HTTP/1.1");
  }
});

const BAD_STARTS = [
  "HTTP/2 200 OK",
  "http/1.1 200",
  "HTTP/1.1  200",
  "HTTP/1.1 2000 ",
  "HTTP/1.1 099 X",
  "HTTP/1.x 200 ",
  "SSH-2.0",
  "<html>",
];

for (const start of BAD_STARTS) {
  test(`a response that begins with "${start}" is refused as early as possible`, () => {
    assert.equal(
      scan([Buffer.from(`${start}\r\n`)]),
      "protocol: the response is not valid HTTP/1.1",
    );
  });
}

const CLEAN: readonly string[] = [
  `${OK}\r\n`,
  "HTTP/1.1 200\r\n\r\n",
  "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
  `${OK}x: \t\u00e4 ~\r\nX-Empty:\r\n\r\n`,
  `${CONTINUE}${OK}\r\n`,
];

for (const text of CLEAN) {
  test(`${JSON.stringify(text)} is well-formed`, () =>
    assert.equal(scanText(text).isBroken, false));
}

const BROKEN: readonly string[] = [
  `${OK}a: b\r\n c\r\n\r\n`,
  `${OK}a : b\r\n\r\n`,
  `${OK}a: b\n\n`,
  `${OK}a: b\n\r\n`,
  `${OK}a: b\u0000\r\n\r\n`,
  `${OK}a: b\u007f\r\n\r\n`,
  `${OK}a: b\rc\r\n\r\n`,
  `${OK}: b\r\n\r\n`,
  `${OK}ab\r\n\r\n`,
  `${OK}content-length: 5\r\ncontent-length: 5\r\n\r\n`,
  `${OK}content-length: 5, 5\r\n\r\n`,
  `${OK}content-length: -5\r\n\r\n`,
  `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`,
  `${OK}content-length: \u00a05\r\n\r\n`,
  `${OK}transfer-encoding: \u00a0chunked\r\n\r\n`,
  `${OK}transfer-encoding: chunked, chunked\r\n\r\n`,
  `${OK}transfer-encoding:\r\n\r\n`,
  "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
  `\r\n${OK}\r\n`,
  "HTTP/1.1 200\tOK\r\n\r\n",
  "HTTP/1.1 200 O\u0001K\r\n\r\n",
];

for (const text of BROKEN) {
  test(`${JSON.stringify(text)} is malformed, and only its status is read`, () => {
    const { status, isBroken, staysOpen, headers } = scanText(
      text.replace(/^(\r?\n?HTTP[^\n]*\n)/, "$1Retry-After: 7\r\nLocation: /x\r\n"),
    );
    assert.equal(status, 200);
    assert.deepEqual(
      { isBroken, staysOpen, headers },
      { isBroken: true, staysOpen: false, headers: {} },
    );
  });
}

test("a malformed interim response makes the final one malformed", () => {
  for (const interim of [
    "HTTP/1.1 100 Continue\n\n",
    "HTTP/1.1 103 Hints\r\nnonsense\r\n\r\n",
    "HTTP/1.1 100 Continue\r\ncontent-length: 3\r\n\r\n",
  ]) {
    const head = scanText(`${CONTINUE}${interim}${CONTINUE}${OK}\r\n`);
    assert.deepEqual([head.isBroken, head.staysOpen], [true, false], interim);
  }
});

test("a status without a body is malformed when its head announces one", () => {
  const isBroken = (status: number, line: string) =>
    scanText(`HTTP/1.1 ${status} X\r\n${line}\r\n\r\n`).isBroken;
  assert.equal(isBroken(204, "content-length: 0"), false);
  assert.equal(isBroken(204, "content-length: 5"), true);
  assert.equal(isBroken(204, "transfer-encoding: chunked"), true);
  assert.equal(isBroken(304, "content-length: 5"), false);
  assert.equal(isBroken(304, "transfer-encoding: chunked"), true);
});

test("the body has the length of the head, and of two lengths the smaller", () => {
  const framing = (lines: string, status = 200) =>
    scanText(`HTTP/1.1 ${status} X\r\n${lines}\r\n`).framing;
  assert.deepEqual(framing("content-length: 6\r\ncontent-length: 5\r\n"), {
    kind: "length",
    bytes: 5,
  });
  assert.deepEqual(framing("Transfer-Encoding: gzip, Chunked\r\n"), { kind: "chunked" });
  assert.deepEqual(framing("Transfer-Encoding: ,chunked ,\r\n"), { kind: "chunked" });
  assert.deepEqual(framing("content-length: 6\r\ntransfer-encoding: chunked\r\n"), {
    kind: "chunked",
  });
  assert.deepEqual(framing("transfer-encoding: chunked, gzip\r\n"), { kind: "close" });
  assert.deepEqual(framing(""), { kind: "close" });
  assert.deepEqual(framing("content-length: 6\r\n", 204), { kind: "length", bytes: 0 });
  assert.deepEqual(framing("", 304), { kind: "length", bytes: 0 });
});
