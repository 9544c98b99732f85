import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { DEFAULT_STOP_KEYWORDS, DEFAULT_UNSTOP_KEYWORDS, findOptOut } from "./optout.ts";

const word = {
  optOutMatch: "word",
  stopKeywords: DEFAULT_STOP_KEYWORDS,
  unstopKeywords: DEFAULT_UNSTOP_KEYWORDS,
} as const;
const contains = { ...word, optOutMatch: "contains" } as const;

test("the whole trimmed text is a keyword, in any case, without closing punctuation", () => {
  for (const text of [
    "STOP",
    "Stop",
    " stop\n",
    "stop.",
    "Stop!!",
    "stop ?!",
    "Opt-out",
    "cancel…",
  ]) {
    assert.equal(findOptOut(text, word), "STOP", text);
  }
  assert.equal(findOptOut("Unstop.", word), "UNSTOP");
});

test("the default has every word that the rules of US carriers name", () => {
  const named = ["STOP", "STOPALL", "END", "QUIT", "CANCEL", "UNSUBSCRIBE", "REVOKE", "OPTOUT"];
  for (const text of [...named, "opt out", "Opt-Out", "OPT\u00a0 OUT", "opt\u2011out"]) {
    assert.equal(findOptOut(text, word), "STOP", text);
  }
});

test("quotes, brackets, emoji, full width and invisible characters around a keyword do not hide it", () => {
  const texts = ['"STOP"', "'stop'", "“Stop”", "«stop»", "‘stop.’", "(STOP)", "[stop]!", "<STOP>"];
  const marked = [
    "ＳＴＯＰ",
    "ｓｔｏｐ！",
    "（ＳＴＯＰ）",
    "「stop」",
    "🛑 STOP",
    "stop 🙏🏽",
    "STOP❗️",
    "❌stop❌",
  ];
  const invisible = [
    "\u200bSTOP",
    "stop\u200e",
    "\ufeffStop",
    "STOP\u2060",
    "st\u00adop",
    "\u202astop\u202c",
  ];
  for (const text of [...texts, ...marked, ...invisible, "👨‍👩‍👧 stop"]) {
    assert.equal(findOptOut(text, word), "STOP", JSON.stringify(text));
    assert.equal(findOptOut(text, contains), "STOP", JSON.stringify(text));
  }
  assert.equal(findOptOut("“ＵＮＳＴＯＰ”", word), "UNSTOP");
});

test("a keyword that an operator lists with its marks is found as it is listed", () => {
  const listed = { ...word, stopKeywords: ["#stop", "👎", "arrêt"] };
  for (const text of ["#STOP", "👎", "ARRÊT", "arre\u0302t!"]) {
    assert.equal(findOptOut(text, listed), "STOP", text);
  }
  assert.equal(findOptOut("stop", listed), null);
});

test("a keyword among other words does not count by default", () => {
  for (const text of [
    "please stop",
    "stop it",
    "nonstop",
    "s top",
    "",
    " ",
    "!",
    "...stop",
    "🛑",
    "\u200b",
    "stop 🙏 it",
    "(stop) it",
  ]) {
    assert.equal(findOptOut(text, word), null, text);
  }
});

test("START and YES opt in only where they are listed", () => {
  assert.equal(findOptOut("START", word), null);
  assert.equal(findOptOut("YES", word), null);
  const listed = { ...word, unstopKeywords: ["UNSTOP", "start", "Yes"] };
  assert.equal(findOptOut("start", listed), "UNSTOP");
  assert.equal(findOptOut("yes!", listed), "UNSTOP");
});

test("with contains a keyword may be anywhere in the text, as a word", () => {
  assert.equal(findOptOut("Please STOP this.", contains), "STOP");
  assert.equal(findOptOut("nonstop stop", contains), "STOP");
  assert.equal(findOptOut("we drove nonstop", contains), null);
  assert.equal(findOptOut("unstop please", contains), "UNSTOP");
  assert.equal(findOptOut("stopping", contains), null);
  assert.equal(findOptOut("anything", { ...contains, stopKeywords: [""] }), null);
});

test("STOP wins when a text contains both", () => {
  assert.equal(findOptOut("stop or unstop", contains), "STOP");
  assert.equal(findOptOut("x", { ...word, stopKeywords: ["x"], unstopKeywords: ["x"] }), "STOP");
});

test("a long text is not a keyword and takes no time", () => {
  assert.equal(findOptOut(`stop${" ".repeat(60_000)}x`, word), null);
  assert.equal(findOptOut(`stop${".".repeat(1_000)}`, word), null);
});

test("blanks, case and closing punctuation never change the answer", () => {
  const around = fc.string({ unit: fc.constantFrom(" ", "\n", "\t"), maxLength: 5 });
  const closing = fc.string({ unit: fc.constantFrom(".", "!", "?", " ", "…"), maxLength: 8 });
  const keyword = fc.constantFrom(...DEFAULT_STOP_KEYWORDS);
  fc.assert(
    fc.property(around, keyword, closing, fc.boolean(), (before, kept, after, lower) => {
      const text = `${before}${lower ? kept.toLowerCase() : kept}${after}`;
      assert.equal(findOptOut(text, word), "STOP");
    }),
  );
});
