import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { CONVERSATION } from "./conversation.ts";
import { layoutFor } from "./layout.ts";
import { RECEIVERS } from "./receiver-names.ts";
import { attemptLine, columnsLine, playedLine, silentLine } from "./screen.ts";
import { receiverLines, shapeLines } from "./summary.ts";
import type { SeenAttempt } from "./watch-attempts.ts";

const HANDLE = "fd7d0cde-2182-4f3f-90ff-4feae2e0a8e0";

const SLOW: SeenAttempt = {
  id: "atmpt_1",
  eventId: "msg_1",
  eventType: "message.received",
  publishedAt: "2026-01-01T00:00:00Z",
  dialect: "zipwhip",
  event: "message/receive",
  state: "",
  ids: [{ name: "id", value: "1327295480212647937" }],
  isGenuine: null,
  number: 1,
  statusCode: 200,
  durationMs: 99_999,
  at: new Date("2026-01-01T12:34:56.789Z"),
};
const PICTURE: SeenAttempt = {
  ...SLOW,
  dialect: "sendblue",
  event: "receive",
  ids: [
    { name: "media_url", value: "/left.jpg" },
    { name: "message_handle", value: HANDLE },
  ],
  isGenuine: true,
};
const REFUSED: SeenAttempt = { ...PICTURE, statusCode: 503 };
const RECOVERED: SeenAttempt = { ...PICTURE, number: 3 };
const UNANSWERED: SeenAttempt = { ...PICTURE, statusCode: 0, ids: [] };
const LONGEST: SeenAttempt = {
  ...SLOW,
  dialect: "chirp",
  event: "messages.sms.delivered",
  ids: [{ name: "id", value: "msg_sms_3MU1mdXuKD3wDWY0GbK6e5WzYHt" }],
  isGenuine: true,
};
const ATTEMPTS = [SLOW, PICTURE, REFUSED, RECOVERED, UNANSWERED, LONGEST];

for (const columns of [80, 100, 140]) {
  test(`no line of the demo is wider than a terminal of ${columns} columns`, () => {
    const layout = layoutFor(columns);
    const lines = [
      columnsLine(layout),
      ...CONVERSATION.map((line) => playedLine(line, layout)),
      ...RECEIVERS.map((dialect) => silentLine(dialect, layout)),
      ...ATTEMPTS.map((attempt) => attemptLine(attempt, layout)),
      ...shapeLines(ATTEMPTS),
      ...receiverLines(ATTEMPTS),
    ].map(stripVTControlCharacters);
    for (const line of lines) assert.ok(line.length <= columns, `${line.length}: ${line}`);
  });

  test(`a Zipwhip id is shown with all its digits in ${columns} columns`, () => {
    assert.match(attemptLine(SLOW, layoutFor(columns)), /1327295480212647937$/);
  });
}

test("a failed attempt is marked for retry, and a successful retry as recovered", () => {
  const layout = layoutFor(140);
  assert.match(stripVTControlCharacters(attemptLine(REFUSED, layout)), /✗ 503 .* will be retried /);
  assert.match(
    stripVTControlCharacters(attemptLine(UNANSWERED, layout)),
    /✗ none .* will be retried$/,
  );
  assert.match(stripVTControlCharacters(attemptLine(RECOVERED, layout)), /✓ 200 +3 .* recovered /);
});

test("an event is shown once in the words of every API that has it", () => {
  const again = { ...SLOW, eventId: "msg_2" };
  const lines = shapeLines([SLOW, PICTURE, again]).map(stripVTControlCharacters);
  assert.deepEqual(lines.slice(2), [
    "  –                message/receive    receive             –",
    "  –                message/receive    –                   –",
  ]);
});

test("a webhook that fails authentication is reported", () => {
  const lines = receiverLines([PICTURE, { ...PICTURE, isGenuine: false }]);
  assert.match(lines.map(stripVTControlCharacters).join("\n"), /Sendblue .* 1 secrets REFUSED/);
});
