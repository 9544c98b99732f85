import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import { createLogger } from "./logger.ts";
import { maskNumber, maskText } from "./mask.ts";

function record(options: { pretty?: boolean } = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: "debug",
    pretty: options.pretty ?? false,
    target: { write: (line) => void lines.push(line) },
  });
  return { logger, text: () => lines.join("\n") };
}

test("I10: a secret, a session key, a text and a phone number never reach the log, wherever they are", () => {
  const { logger, text } = record();
  logger.info({ secret: "hidden-one", nested: { "sb-signing-secret": "hidden-two" } }, "made");
  logger.info({ headers: { Authorization: "Bearer hidden-three" } });
  logger.info({ session: "hidden-four", list: [{ keySecret: "hidden-five" }] });
  logger.info({ message: { text: "hidden-six", from: "+14155550123", to: 14155550124 } });
  logger.info({ payload: { any: "hidden-seven" }, body: "hidden-eight" });
  logger.warn("call of +14155550125 with whsec_aGlkZGVuLW5pbmU= failed");
  logger.warn("sent to %s", "14155550126");
  logger.error(new Error("GET https://h.example/x?session=hidden-ten&to=+14155550127"));
  logger.error({ err: new Error("no", { cause: new Error("Bearer hidden-eleven") }) }, "failed");
  logger.child({ password: "hidden-twelve" }).info("child");
  logger.info({ req: { method: "GET", url: "/message/send?session=hidden-thirteen" } }, "request");
  logger.info({ cell: new Map([["secret", "hidden-fourteen"]]) }, "instance");
  assert.doesNotMatch(text(), /hidden-|1415555012|aGlkZGVu/);
  assert.match(text(), /0123/, "the last four digits of a number are kept");
  assert.match(text(), /"path":"\/message\/send"/);
});

test("values that are not secret are logged unchanged", () => {
  const { logger, text } = record();
  logger.info(
    { endpointId: "ep_2abc", statusCode: 503, at: 1_795_000_000_000, snowflake: 1n },
    "said",
  );
  const line = JSON.parse(text()) as Record<string, unknown>;
  assert.equal(line["endpointId"], "ep_2abc");
  assert.equal(line["statusCode"], 503);
  assert.equal(line["at"], 1_795_000_000_000);
  assert.equal(line["snowflake"], "1");
  assert.equal(line["msg"], "said");
  assert.equal(line["level"], "info");
});

test("an error keeps its type, message and stack in the log", () => {
  const { logger, text } = record();
  logger.error(new TypeError("it broke"));
  const line = JSON.parse(text()) as { err: { type: string; message: string; stack: string } };
  assert.equal(line.err.type, "TypeError");
  assert.equal(line.err.message, "it broke");
  assert.match(line.err.stack, /logger\.test/);
});

test("on a terminal the same line is readable text, masked as well", () => {
  const { logger, text } = record({ pretty: true });
  logger.info({ secret: "hidden-one", endpointId: "ep_2abc" }, "endpoint made");
  assert.match(text(), /endpoint made/);
  assert.match(text(), /ep_2abc/);
  assert.doesNotMatch(text(), /hidden-one/);
  assert.throws(() => void JSON.parse(text()));
});

test("phone numbers of seven or more digits are masked in sentences", () => {
  const digits = fc.stringMatching(/^[1-9][0-9]{9,14}$/);
  fc.assert(
    fc.property(digits, fc.boolean(), (number, plus) => {
      const masked = maskText(`from ${plus ? "+" : ""}${number} to us`);
      return !masked.includes(number) && masked.includes(number.slice(-4));
    }),
  );
  assert.equal(maskNumber("+14155550123"), "+*******0123");
  assert.equal(maskNumber("(415) 555-0123"), "(***) ***-0123");
});
