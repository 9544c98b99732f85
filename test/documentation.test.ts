/**
 * The tables of the documentation agree with the code, and the files, settings and headings that it names
 * exist.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { CANONICAL_TYPES } from "../src/core/events/canonical-events.ts";
import { DELIVERY_POLICIES } from "../src/core/delivery/delivery-policy.ts";
import { findDialectEvent, findSendblueStatus } from "../src/core/events/dialect-events.ts";
import {
  MESSAGE_STATUSES,
  type Channel,
  type MessageStatus,
} from "../src/core/messages/message-status.ts";
import { SETTINGS } from "../src/config/settings.ts";
import { DOCUMENT as CHIRP } from "../src/dialects/chirp/document.ts";
import { ERRORS as CHIRP_ERRORS } from "../src/dialects/chirp/errors.ts";
import { DOCUMENT as SENDBLUE } from "../src/dialects/sendblue/document.ts";
import { ERRORS as SENDBLUE_ERRORS } from "../src/dialects/sendblue/errors.ts";
import { DOCUMENT as ZIPWHIP } from "../src/dialects/zipwhip/document.ts";
import { STATUS_CODES } from "../src/dialects/zipwhip/webhooks/status-codes.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGES = globSync(["*.md", "docs/**/*.md", "decisions/*.md", "bench/*.md"], { cwd: ROOT });
const STATUSES = Object.keys(MESSAGE_STATUSES) as MessageStatus[];
/** Variables that the fault tests read and no server does. */
const OF_TESTS = ["FAULT_CYCLES", "FAULTS_CANNOT"];
/** Files that the build creates. */
const GENERATED = /^(?:dist\/.*|store\/open\.js)$/;
const VENDORS = ["zipwhip", "sendblue", "chirp"] as const;
type Vendor = (typeof VENDORS)[number];

const read = (page: string) => readFileSync(join(ROOT, page), "utf8");
const toPageSchema = (vendor: Vendor) => read(`docs/dialects/${vendor}.md`);

/** The cells of the table whose first head is `head`, without backquotes. */
function tableUnder(text: string, head: string): string[][] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  assert.notEqual(start, -1, `there is no table under "${head}"`);
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith("|")) break;
    const cells = line.slice(1, -1).split(/(?<!\\)\|/);
    rows.push(cells.map((cell) => cell.replaceAll("`", "").trim()));
  }
  return rows;
}

/** Every event for which the dialect has a webhook, by its name in the tables. */
function toEvents(vendor: Vendor, channel: Channel): Map<string, string> {
  const events = new Map<string, string>();
  const add = (name: string, type: string, status: MessageStatus | null) => {
    const facts = { type, message: { channel, status, media: [] }, contactChannel: channel };
    const event = findDialectEvent(vendor, facts);
    if (event !== null) events.set(name, event);
  };
  for (const type of CANONICAL_TYPES) {
    if (type !== "message.progress") add(type, type, null);
    else for (const status of STATUSES) add(`${type} ${status}`, type, status);
  }
  return events;
}

describe("the pages of the dialects", () => {
  for (const vendor of ["zipwhip", "sendblue"] as const) {
    test(`${vendor}: the table of deliveries agrees with the rendered events`, () => {
      const rows = tableUnder(toPageSchema(vendor), "canonical event") as [string, string][];
      assert.deepEqual(new Map(rows), toEvents(vendor, "sms"));
    });
  }

  test("chirp: the table of deliveries agrees with the rendered events, on every channel", () => {
    const rows = tableUnder(toPageSchema("chirp"), "canonical event");
    const column = (index: number) =>
      new Map(
        rows.map((row) => [row[0] ?? "", row[index] ?? ""]).filter(([, to]) => to !== "–") as [
          string,
          string,
        ][],
      );
    for (const channel of ["sms", "mms", "imessage", "rcs"] as const) {
      const events = toEvents("chirp", channel);
      // Only messages have a channel. The other events are in the other column.
      for (const name of events.keys()) if (!name.startsWith("message.")) events.delete(name);
      assert.deepEqual(column(1), events, channel);
    }
    assert.deepEqual(column(2), toEvents("chirp", "whatsapp"));
  });

  test("the table of statuses agrees with the rendered bodies", () => {
    const codes = tableUnder(toPageSchema("zipwhip"), "status").map(
      ([status, code, state, final]) => ({
        code: Number(code),
        status,
        state: state?.split(/[:,]/)[0],
        final,
      }),
    );
    const byCode = new Map(STATUS_CODES.map((row) => [row.code as number, row]));
    assert.deepEqual(
      codes,
      STATUSES.filter((status) => MESSAGE_STATUSES[status].zipwhipCode !== null).map((status) => {
        const code = MESSAGE_STATUSES[status].zipwhipCode ?? 0;
        const row = byCode.get(code);
        return { code, status, state: row?.state.toLowerCase(), final: row?.final ? "yes" : "no" };
      }),
    );
    assert.deepEqual(
      new Map(tableUnder(toPageSchema("sendblue"), "status") as [string, string][]),
      new Map(
        STATUSES.flatMap((status) => {
          const name = findSendblueStatus(status);
          return name === null ? [] : [[status, name] as const];
        }),
      ),
    );
  });

  test("the codes in the migration guide agree with the status codes", () => {
    const page = read("docs/dialects/zipwhip-migration.md");
    const rows = tableUnder(page, "your carrier says").map(([, publish, code]) => ({
      status: /^message\.progress (\w+)$/.exec(publish ?? "")?.[1] as MessageStatus | undefined,
      code,
    }));
    const reports = rows.filter(({ status }) => status !== undefined);
    assert.ok(reports.length >= STATUS_CODES.length);
    for (const { status, code } of reports) {
      assert.equal(code, String(status && MESSAGE_STATUSES[status].zipwhipCode), status);
    }
  });

  test("the tables of calls agree with the API documents", () => {
    const paths = tableUnder(toPageSchema("zipwhip"), "call").map(([path]) => path);
    assert.deepEqual(
      paths,
      ZIPWHIP.calls.map(({ path }) => path),
    );
    for (const [vendor, document] of [
      ["sendblue", SENDBLUE],
      ["chirp", CHIRP],
    ] as const) {
      const calls = tableUnder(toPageSchema(vendor), "call").map(([call]) => call);
      const documented = document.calls.flatMap(({ methods, path }) =>
        methods.map((method) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
      );
      assert.deepEqual(calls, documented, vendor);
    }
  });

  test("the tables of refusals agree with the code", () => {
    const chirp = Object.values(CHIRP_ERRORS).map(({ status, word }) => `${status} ${word}`);
    const shown = tableUnder(toPageSchema("chirp").split("## Refusals")[1] ?? "", "status");
    assert.deepEqual(new Set(shown.map(([status, type]) => `${status} ${type}`)), new Set(chirp));
    const sendblue = tableUnder(toPageSchema("sendblue").split("## Refusals")[1] ?? "", "status");
    const statuses = sendblue.flatMap(([status]) => status?.split(", ").map(Number) ?? []);
    const known: number[] = Object.values(SENDBLUE_ERRORS).map(({ status }) => status);
    assert.deepEqual(new Set(statuses), new Set(known));
  });

  test("the time to answer agrees with the delivery policy", () => {
    for (const vendor of VENDORS) {
      const seconds = DELIVERY_POLICIES[vendor].timeoutMs / 1000;
      assert.ok(toPageSchema(vendor).includes(`| answer in | ${seconds} seconds |`), vendor);
    }
  });
});

describe("every page", () => {
  test("names only settings that exist", () => {
    const known = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));
    for (const name of OF_TESTS) known.add(name);
    for (const page of PAGES) {
      for (const [name] of read(page).matchAll(/HOOKLINE_[A-Z0-9_]*[A-Z0-9]/g)) {
        assert.ok(known.has(name), `${page} names ${name}`);
      }
    }
  });

  test("links only to files and headings that exist", () => {
    let links = 0;
    for (const page of PAGES) {
      for (const [, target = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(join(ROOT, file)), `${page} links to ${target}`);
        if (anchor !== undefined) {
          assert.ok(toAnchors(read(file)).has(anchor), `${page} links to ${target}`);
        }
        links += 1;
      }
    }
    assert.ok(links > 50, "the links were found");
  });
});

/** The anchors that GitHub derives from the headings. */
function toAnchors(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("docs/operating.md has every metric of the program, and no other", () => {
  const sources = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.includes(".test."));
  const named = sources.flatMap((file) =>
    Array.from(read(file).matchAll(/"(hookline_[a-z0-9_]+)"/g), ([, name = ""]) => name),
  );
  assert.ok(named.length > 20, "the names were found");
  const documented = new Set(read("docs/operating.md").match(/\bhookline_[a-z0-9_]+/g));
  assert.deepEqual([...documented].toSorted(), [...new Set(named)].toSorted());
});

test("every decision opens with a one-line summary, and is in the list", () => {
  const list = read("decisions/README.md");
  const decisions = PAGES.filter((page) => /^decisions[\\/](?!README)/.test(page));
  assert.ok(decisions.length >= 15, "the decisions were found");
  for (const page of decisions) {
    assert.match(read(page), /^# .+\n\n\*\*Decision\*\*: [a-z].+\.\n\n/, page);
    assert.ok(list.includes(`(${page.split(/[\\/]/).at(-1)})`), `${page} is not in the list`);
  }
});

test("every file that the pages for contributors name exists", () => {
  const files = globSync(["*", "{bench,bin,decisions,deploy,docs,scripts,src,test,ui}/**/*.*"], {
    cwd: ROOT,
  }).map((file) => `/${file.replaceAll("\\", "/")}`);
  const pages = PAGES.filter((page) => /^(ARCHITECTURE|CONTRIBUTING|decisions|bench)/.test(page));
  let names = 0;
  for (const page of pages) {
    for (const [, name = ""] of read(page).matchAll(/`([\w./-]+\.(?:ts|js|json|md|yaml))`/g)) {
      assert.ok(
        files.some((file) => file.endsWith(`/${name}`)) || GENERATED.test(name),
        `${page} names ${name}`,
      );
      names += 1;
    }
  }
  assert.ok(names > 40, "the names were found");
});

test("the pages that a contributor reads first are short", () => {
  const toLines = (page: string) => read(page).trimEnd().split("\n").length;
  assert.ok(toLines("ARCHITECTURE.md") <= 150);
  assert.ok(toLines("CONTRIBUTING.md") < 120);
});
