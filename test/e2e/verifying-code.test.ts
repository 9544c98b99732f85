/**
 * The code that verifies webhooks, which pages and documents show, judges requests of a real server in each
 * language whose runtime this machine has.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { signContent } from "../../src/core/crypto/signature.ts";
import { importSigningKey } from "../../src/core/crypto/signing-secret.ts";
import { startNativeApi } from "../harness/native-api.ts";
import { startReceiver, type Receipt } from "../harness/receiver.ts";
import { temporaryFolder } from "../harness/server.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CODE = join(ROOT, "ui/pages/verify/code");
const TYPE = "message.received";
const TOO_OLD_SECONDS = 330;

type Case = { readonly headers: readonly string[]; readonly body: string; readonly is: boolean };
let secret = "";
let cases: readonly Case[] = [];

before(async () => {
  await using api = await startNativeApi();
  await using receiver = await startReceiver();
  await api.call("POST", "/app", { body: { name: "a", uid: "a" } });
  await api.call("POST", "/app/a/endpoint", {
    body: { uid: "e", url: receiver.url, eventTypes: [TYPE] },
  });
  const read = await api.call("GET", "/app/a/endpoint/e/secret");
  secret = (read.body as { key: string }).key;
  await api.call("POST", "/app/a/msg", { body: toEvent("m-1") });
  await receiver.until(() => receiver.receipts.length === 1);
  // From here on two secrets sign, and the receiver still has the old one.
  const rotated = await api.call("POST", "/app/a/endpoint/e/secret/rotate", { body: {} });
  assert.equal(rotated.status, 200, rotated.text);
  await api.call("POST", "/app/a/msg", { body: toEvent("m-2") });
  await receiver.until(() => receiver.receipts.length === 2);
  cases = toCases(receiver.receipts);
});

function toEvent(id: string): object {
  const parties = { from: "+12065550188", to: "+12065550142" };
  return {
    eventType: TYPE,
    payload: { message: { id, channel: "sms", ...parties, text: "Olá 👋" } },
  };
}

function toCases([first, second]: readonly Receipt[]): readonly Case[] {
  assert.ok(first !== undefined && second !== undefined);
  const [id = "", sentAt = "", signature = ""] = signedHeaders(first);
  const { body } = first;
  const both = signedHeaders(second);
  assert.equal(both[2]?.split(" ").length, 2, "two secrets sign");
  const old = Number(sentAt) - TOO_OLD_SECONDS;
  const keys = [importSigningKey(secret)];
  const oldSignature = signContent({ id, timestampSeconds: old, body, keys });
  return [
    { headers: [id, sentAt, signature], body, is: true },
    { headers: both, body: second.body, is: true },
    { headers: [id, sentAt, signature], body: `${body} `, is: false },
    { headers: [`${id}1`, sentAt, signature], body, is: false },
    { headers: [id, String(Number(sentAt) + 1), signature], body, is: false },
    { headers: [id, String(old), oldSignature], body, is: false },
    { headers: [id, sentAt, signature.replace("v1,", "v2,")], body, is: false },
    { headers: [id, sentAt, ""], body, is: false },
    { headers: [id, "", signature], body, is: false },
    { headers: ["", "", ""], body, is: false },
  ];
}

function signedHeaders({ headers }: Receipt): readonly string[] {
  return ["id", "timestamp", "signature"].map((name) => String(headers[`webhook-${name}`]));
}

/** Reads a case per line, `id⇥timestamp⇥signature⇥body in base64`, and prints true or false. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  Node: {
    code: "verify.mjs",
    main: "main.mjs",
    source: `import { readFileSync } from "node:fs";
import { isGenuine } from "./verify.mjs";
for (const line of readFileSync(0, "utf8").trimEnd().split("\\n")) {
  const [id, sentAt, signature, body] = line.split("\\t");
  const headers = { "webhook-id": id, "webhook-timestamp": sentAt, "webhook-signature": signature };
  console.log(isGenuine(headers, Buffer.from(body, "base64")));
}`,
    run: [[process.execPath, "main.mjs"]],
  },
  Python: {
    code: "verify.py",
    main: "main.py",
    source: `import base64, sys
from verify import is_genuine
for line in sys.stdin.read().rstrip("\\n").split("\\n"):
    i, sent_at, signature, body = line.split("\\t")
    headers = {"webhook-id": i, "webhook-timestamp": sent_at, "webhook-signature": signature}
    print(str(is_genuine(headers, base64.b64decode(body))).lower())`,
    run: [["python3", "main.py"]],
  },
  Go: {
    code: "verify.go",
    folder: "webhooks",
    main: "main.go",
    source: `package main
import ("bufio"; "encoding/base64"; "fmt"; "os"; "strings"; "trial/webhooks")
func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		part := strings.Split(lines.Text(), "\\t")
		headers := map[string]string{"webhook-id": part[0], "webhook-timestamp": part[1], "webhook-signature": part[2]}
		body, _ := base64.StdEncoding.DecodeString(part[3])
		fmt.Println(webhooks.IsGenuine(func(name string) string { return headers[name] }, body))
	}
}`,
    more: { "go.mod": "module trial\n\ngo 1.21\n" },
    run: [["go", "run", "."]],
  },
  Java: {
    code: "Webhooks.java",
    main: "Main.java",
    source: `import java.util.*;
class Main {
  public static void main(String[] a) throws Exception {
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      String[] part = lines.nextLine().split("\\t", -1);
      Map<String, String> headers = Map.of("webhook-id", part[0], "webhook-timestamp", part[1], "webhook-signature", part[2]);
      System.out.println(Webhooks.isGenuine(headers::get, Base64.getDecoder().decode(part[3])));
    }
  }
}`,
    run: [
      ["javac", "Webhooks.java", "Main.java"],
      ["java", "-cp", ".", "Main"],
    ],
  },
  Ruby: {
    code: "verify.rb",
    main: "main.rb",
    source: `require_relative "verify"
STDIN.read.chomp.split("\\n").each do |line|
  id, sent_at, signature, body = line.split("\\t", -1)
  headers = { "webhook-id" => id, "webhook-timestamp" => sent_at, "webhook-signature" => signature }
  puts genuine?(headers, body.unpack1("m"))
end`,
    run: [["ruby", "main.rb"]],
  },
  PHP: {
    code: "verify.php",
    main: "main.php",
    source: `<?php require __DIR__ . '/verify.php';
foreach (explode("\\n", rtrim(stream_get_contents(STDIN), "\\n")) as $line) {
    [$id, $sentAt, $signature, $body] = explode("\\t", $line);
    $headers = ['webhook-id' => $id, 'webhook-timestamp' => $sentAt, 'webhook-signature' => $signature];
    echo is_genuine($headers, base64_decode($body)) ? "true\\n" : "false\\n";
}`,
    run: [["php", "main.php"]],
  },
  // Mono has the library and no newer C#: the marks of values that may be null, which only warn, are left out.
  "C#": {
    code: "Webhooks.cs",
    edit: (code) => code.replaceAll("string?", "string").replaceAll(")!", ")"),
    main: "Main.cs",
    source: `using System;
using System.Collections.Generic;
static class Program {
  static void Main() {
    for (string line; (line = Console.ReadLine()) != null;) {
      var part = line.Split('\t');
      var headers = new Dictionary<string, string> {
        ["webhook-id"] = part[0], ["webhook-timestamp"] = part[1], ["webhook-signature"] = part[2]
      };
      var isGenuine = Webhooks.IsGenuine(name => headers[name], Convert.FromBase64String(part[3]));
      Console.WriteLine(isGenuine ? "true" : "false");
    }
  }
}`,
    run: [
      ["mcs", "-out:trial.exe", "Main.cs", "Webhooks.cs"],
      ["mono", "trial.exe"],
    ],
  },
};

type Program = {
  readonly code: string;
  /** Changes the code for an older compiler, and not its behaviour. */
  readonly edit?: (code: string) => string;
  /** The folder of the code, where a language needs one. */
  readonly folder?: string;
  readonly main: string;
  readonly source: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly run: readonly (readonly [string, ...string[]])[];
};

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

for (const [language, program] of Object.entries(PROGRAMS)) {
  const [command] = program.run[0] ?? [""];
  const isMissing = spawnSync(command, ["-version"]).error !== undefined;
  test(
    `the code for ${language} accepts genuine webhooks and refuses all others`,
    { skip: isMissing ? `${command} is not installed` : false },
    () => {
      const place = prepare(language, program);
      const input = cases.map(({ headers, body }) =>
        [...headers, Buffer.from(body).toString("base64")].join("\t"),
      );
      const printed = runAll(program, { place, input: `${input.join("\n")}\n`, secret });
      assert.deepEqual(
        printed,
        cases.map(({ is }) => String(is)),
      );
      const other = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
      const refused = runAll(program, { place, input: `${input.join("\n")}\n`, secret: other });
      assert.deepEqual(
        refused,
        cases.map(() => "false"),
      );
    },
  );
}

test("docs/verifying.md shows the code of each language as it is", () => {
  const page = readFileSync(join(ROOT, "docs/verifying.md"), "utf8");
  const files = readdirSync(CODE);
  assert.equal(files.length, 7);
  for (const file of files) {
    const code = readFileSync(join(CODE, file), "utf8");
    assert.ok(page.includes(`\n${code}\`\`\`\n`), `${file} is in the page`);
  }
});

function prepare(language: string, program: Program): string {
  const place = join(folder.path, language);
  const code = join(place, program.folder ?? "", program.code);
  mkdirSync(dirname(code), { recursive: true });
  const { edit = (text) => text } = program;
  writeFileSync(code, edit(readFileSync(join(CODE, program.code), "utf8")));
  const files = { [program.main]: program.source, ...program.more };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
  return place;
}

/** The lines that the last command printed. */
function runAll(
  { run }: Program,
  p: { readonly place: string; readonly input: string; readonly secret: string },
): readonly string[] {
  let printed = "";
  for (const [command, ...parameters] of run) {
    const { status, stdout, stderr } = spawnSync(command, parameters, {
      cwd: p.place,
      input: p.input,
      encoding: "utf8",
      env: {
        ...process.env,
        WEBHOOK_SECRET: p.secret,
        GOFLAGS: "-mod=mod",
        GOPROXY: "off",
        GOTOOLCHAIN: "local",
      },
    });
    assert.equal(status, 0, stderr);
    printed = stdout;
  }
  return printed.trimEnd().split("\n");
}
