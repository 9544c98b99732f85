/**
 * Draws an answer from the grammar of HTTP/1.1. Most parts are correct; each has a share of the faults that
 * receivers were seen with, and of those that confuse parsers. The text is latin1, so a character is a byte.
 */
import type { Random } from "../../sim/random.ts";

const STATUSES = [
  "200",
  "200",
  "200",
  "200",
  "201",
  "204",
  "299",
  "301",
  "304",
  "404",
  "410",
  "429",
];
const RARE_STATUSES = ["500", "503", "100", "101", "099", "000", "999", "20", "2000", "2O0", "-20"];
const VERSIONS = [
  "HTTP/1.0",
  "HTTP/1.2",
  "HTTP/2.0",
  "http/1.1",
  "HTTP/1.",
  "HTTP/11.1",
  "HTTP /1.1",
];
const REASONS = [" OK", " ", "", "\tOK", " O\u0000K", " \u00e9", " OK\r", "OK", "  OK "];
const HEADERS = [
  "content-type: text/plain",
  "Retry-After: 30",
  "location: https://receiver.example/moved",
  "server: nginx",
  "set-cookie: a=b",
  "x-long: ".padEnd(700, "l"),
  "Connection: keep-alive",
  "x-empty:",
];
const CLOSING_HEADERS = [
  "connection: close",
  "Connection: x, Close",
  "connection: keep-alive\r\nconnection: close",
  "keep-alive: timeout=1",
  "Keep-Alive: timeout=2, max=5",
];
const KEEPING_HEADERS = ["keep-alive: timeout=30", "connection: closed", "keep-alive: x"];
const FAULTY_HEADERS = [
  "x-folded: a\r\n b",
  "x-space : a",
  " x-leading: a",
  "no colon at all",
  ": no name",
  "x-control: a\u0001b",
  "x-null: a\u0000b",
  "x-return: a\rb",
  "x-line: a\nx-other: b",
  "x\u00e9: a",
  "x-delete: \u007f",
  "HTTP/1.1 200 OK",
];
const LENGTH_FAULTS = [
  "+2",
  "-2",
  "0x2",
  "2.0",
  "2 2",
  "",
  "99999999999999999999",
  "2;",
  "\u00b2",
  "1e1",
];
const CODINGS = ["Chunked", "gzip, chunked", "chunked,", "chunked\t"];
const CODING_FAULTS = [
  "chunked, chunked",
  "chunked, gzip",
  "identity",
  "xchunked",
  "chunked;q=1",
  "\u000bchunked",
  "\u00a0chunked",
  '"chunked"',
  "",
];
const INTERIMS = [
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n",
  "HTTP/1.1 102\r\n\r\n",
];
const FAULTY_INTERIMS = [
  "HTTP/1.1 100 Continue\n\n",
  "HTTP/1.1 100 Continue\r\ncontent-length: 3\r\n\r\n",
  "HTTP/1.1 103 Early\r\nnonsense\r\n\r\n",
  "HTTP/1.1 199 X\r\n folded\r\n\r\n",
  "HTTP/1.1 101 Switching\r\n\r\n",
  "\r\n",
  "\n",
  "\r",
];
const SIZE_FAULTS = [
  "+5",
  "0x5",
  "5g",
  " 5",
  "5\r",
  "5\n5",
  "0\r5",
  "-1",
  "",
  "5\u0000",
  "fffffffffffff",
];
const TRAILERS = ["x-sum: 1", "x: ", "y:\t2"];
const TRAILER_FAULTS = ["no colon", " x: 1", "x : 1", "x: \u0000", "HTTP/1.1 200 OK", "x: 1\ny: 2"];
const EXTRAS = [
  "\r\n",
  "\n",
  "0\r\n\r\n",
  "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n",
  "x",
  "\u0000",
];

/** The share of the faults in each part. */
const FAULTS = 0.04;

type Framing = { readonly headers: readonly string[]; readonly body: string };

/** `marker` is a part of the body, so that the answers of two requests differ. */
export function drawAnswer(random: Random, marker: string): string {
  const isFaulty = () => random.chance(FAULTS);
  const status = random.pick(isFaulty() ? RARE_STATUSES : STATUSES);
  const version = isFaulty() ? random.pick(VERSIONS) : "HTTP/1.1";
  const reason = isFaulty() ? random.pick(REASONS) : ` ${random.pick(["OK", "No", "Fine"])}`;
  const hasBody = !["204", "304"].includes(status) || isFaulty();
  const { headers, body } = hasBody
    ? drawFraming(random, drawBody(random, marker))
    : bodiless(random);
  const lines = [...headers];
  for (let more = random.below(4); more > 0; more -= 1) lines.push(random.pick(HEADERS));
  if (random.chance(0.06)) lines.push(random.pick(CLOSING_HEADERS));
  if (random.chance(0.06)) lines.push(random.pick(KEEPING_HEADERS));
  if (isFaulty()) lines.push(random.pick(FAULTY_HEADERS));
  const shuffled = shuffle(random, lines);
  const head = [`${version} ${status}${reason}`, ...shuffled, "", ""].join("\r\n");
  const ended = isFaulty() ? head.replaceAll("\r\n", "\n") : head;
  const extra = random.chance(0.1) ? drawExtra(random, marker) : "";
  return `${drawInterims(random)}${ended}${body}${extra}`;
}

function drawInterims(random: Random): string {
  if (!random.chance(0.2)) return "";
  if (random.chance(0.05)) return random.pick(INTERIMS).repeat(random.between(15, 18));
  if (random.chance(0.02))
    return random.pick(["\r\n", "\n"]).repeat(random.between(32_000, 66_000));
  const count = random.between(1, 3);
  return Array.from({ length: count }, () =>
    random.pick(random.chance(0.3) ? FAULTY_INTERIMS : INTERIMS),
  ).join("");
}

function drawBody(random: Random, marker: string): string {
  const lengths = [0, 0, 1, 10, 100, 1000, 16_383, 16_384, 16_385, 40_000];
  const length = random.chance(0.7) ? random.below(60) : random.pick(lengths);
  const text = `<${marker}>`.padEnd(length, "b");
  return random.chance(0.05) ? `${text}\u00e2\u0082\u0000\u00ff` : text;
}

function bodiless(random: Random): Framing {
  const headers = random.chance(0.3) ? ["content-length: 0"] : [];
  return { headers: random.chance(FAULTS) ? ["transfer-encoding: chunked"] : headers, body: "" };
}

function drawFraming(random: Random, body: string): Framing {
  const isFaulty = random.chance(0.15);
  const kind = random.below(10);
  if (kind < 5) return { headers: drawLength(random, body.length, isFaulty), body };
  if (kind === 5) return { headers: [], body };
  const coding = `transfer-encoding: ${isFaulty && random.chance(0.5) ? random.pick(CODING_FAULTS) : random.chance(0.2) ? random.pick(CODINGS) : "chunked"}`;
  const chunks = drawChunks(random, body);
  if (!isFaulty || random.chance(0.5)) return { headers: [coding], body: chunks };
  const both = [coding, `content-length: ${random.pick([body.length, chunks.length, 0])}`];
  return {
    headers: random.chance(0.5) ? both : [coding, "transfer-encoding: chunked"],
    body: chunks,
  };
}

function drawLength(random: Random, bytes: number, isFaulty: boolean): string[] {
  if (!isFaulty) return [`content-length: ${random.chance(0.1) ? "00" : ""}${bytes}`];
  const other = random.pick([bytes + 1, Math.max(0, bytes - 1), 0, 2 * bytes, 20_000]);
  switch (random.below(5)) {
    case 0:
      return [`content-length: ${other}`];
    case 1:
      return [`content-length: ${bytes}`, `Content-Length: ${random.pick([bytes, other])}`];
    case 2:
      return [`content-length: ${bytes}, ${random.pick([bytes, other])}`];
    case 3:
      return [`content-length : ${bytes}`];
    default:
      return [`content-length: ${random.pick(LENGTH_FAULTS)}`];
  }
}

function drawChunks(random: Random, body: string): string {
  const isFaulty = () => random.chance(FAULTS);
  let text = "";
  for (let at = 0; at < body.length;) {
    const size = Math.min(body.length - at, random.pick([1, 5, 16, 200, 5000]));
    const data = body.slice(at, at + size);
    text += `${drawSize(random, size)}\r\n${data}${isFaulty() ? random.pick(["", "\n", "\r", "x\r\n", "\r\r\n"]) : "\r\n"}`;
    at += size;
  }
  text += `${random.pick(["0", "0", "0", "000", "0;x=y"])}${isFaulty() ? "\n" : "\r\n"}`;
  if (random.chance(0.15)) text += `${random.pick(TRAILERS)}\r\n`;
  if (isFaulty()) text += `${random.pick(TRAILER_FAULTS)}\r\n`;
  return `${text}${isFaulty() ? random.pick(["", "\n", "\r\r\n", " \r\n"]) : "\r\n"}`;
}

function drawSize(random: Random, size: number): string {
  if (random.chance(FAULTS / 2)) return random.pick(SIZE_FAULTS);
  const digits = random.chance(0.5) ? size.toString(16) : size.toString(16).toUpperCase();
  if (!random.chance(0.2)) return digits;
  const forms = [
    `00${digits}`,
    `${digits};x=y`,
    `${digits} ;x`,
    `${digits} `,
    `${digits};x="\u0001"`,
  ];
  return random.pick(forms);
}

function drawExtra(random: Random, marker: string): string {
  if (random.chance(0.5)) return random.pick(EXTRAS);
  const body = `<extra-${marker}>`;
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function shuffle(random: Random, lines: readonly string[]): string[] {
  const left = [...lines];
  return Array.from(
    { length: left.length },
    () => left.splice(random.below(left.length), 1)[0] ?? "",
  );
}
