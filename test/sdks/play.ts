/** Plays the story with one release: sends its steps to the driver and checks the results. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Receipt as Request, Receiver } from "../harness/receiver.ts";
import type { Expected, Pages, Put, Receipt, Scene, Step } from "./scene.ts";
import type { PortalField } from "./releases.ts";
import type { SdkAnswer, SdkRequest } from "./driver-protocol.ts";

export type Played = {
  readonly name: string;
  readonly outcome: "passed" | "absent" | "failed";
  /** The reason of the failure, or the name of the absent call. */
  readonly reason: string;
};

/** Sends one request to the driver of a release and waits for its answer. */
export type Ask = (request: SdkRequest) => Promise<SdkAnswer>;

/** Sends a PUT to the server, and fails when it is refused. */
export type SendPut = (path: string, body: object) => Promise<void>;

type Play = {
  readonly ask: Ask;
  readonly put: SendPut;
  readonly receiver: Receiver;
  readonly values: Map<string, string>;
};

const DEADLINE_MS = 15_000;
const POLL_MS = 50;
const PAGES_LIMIT = 100;
/** A release without the call. Steps that depend on the result are skipped as well. */
class Absent extends Error {}

export async function playStory(
  story: readonly Scene[],
  p: {
    readonly ask: Ask;
    readonly put: SendPut;
    readonly receiver: Receiver;
    readonly app: string;
    readonly lacks: readonly PortalField[];
  },
): Promise<readonly Played[]> {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const values = new Map([
    ["app", p.app],
    ["receiver", p.receiver.url],
    ["since", since],
  ]);
  const played: Played[] = [];
  const isAbsent = (name: string) =>
    played.some((one) => one.name === name && one.outcome === "absent");
  for (const scene of story) {
    try {
      if ("after" in scene && isAbsent(scene.after)) throw new Absent(scene.after);
      if ("needs" in scene && p.lacks.includes(scene.needs)) throw new Absent(scene.needs);
      await playScene(scene, { ...p, values });
      played.push({ name: scene.name, outcome: "passed", reason: "" });
    } catch (error) {
      const outcome = error instanceof Absent ? "absent" : "failed";
      played.push({ name: scene.name, outcome, reason: (error as Error).message });
    }
  }
  return played;
}

async function playScene(scene: Scene, play: Play): Promise<void> {
  if ("received" in scene) await playReceipt(scene, play);
  else if ("pages" in scene) await playPages(scene, play);
  else if ("put" in scene) await playPut(scene, play);
  else await playStep(scene, play);
}

async function playStep(step: Step, play: Play): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      const answer = await ask(step, play);
      if (step.refused !== undefined) {
        assert.ok("refused" in answer, `it was not refused: ${JSON.stringify(answer)}`);
        assert.equal(answer.refused, step.refused, answer.text);
        return;
      }
      const value = toValue(answer);
      for (const [path, expected] of Object.entries(step.expect ?? {})) {
        assertExpected(path, at(value, path), filled(expected, play.values) as Expected);
      }
      for (const [name, path] of Object.entries(step.save ?? {})) {
        play.values.set(name, String(at(value, path)));
      }
      return;
    } catch (error) {
      if (step.eventually !== true || error instanceof Absent || Date.now() > deadline) throw error;
      await sleep(POLL_MS);
    }
  }
}

async function playPut({ put, body }: Put, play: Play): Promise<void> {
  await play.put(filled(put, play.values) as string, filled(body, play.values) as object);
}

async function playPages({ pages, items }: Pages, play: Play): Promise<void> {
  const seen: string[] = [];
  let iterator: string | null = null;
  for (let page = 0; page < PAGES_LIMIT; page++) {
    const options = { limit: 2, ...(iterator === null ? undefined : { iterator }) };
    const value = toValue(await ask({ ...pages, options }, play));
    for (const item of at(value, "data") as readonly unknown[]) seen.push(String(at(item, "id")));
    if (at(value, "done") === true) break;
    iterator = String(at(value, "iterator"));
  }
  assert.equal(seen.length, items);
  assert.equal(new Set(seen).size, items);
}

/** Checks a receipt like a receiver written for Svix, by the `svix-*` headers alone. */
async function playReceipt(scene: Receipt, play: Play): Promise<void> {
  const { id, path, times = 1 } = filled(scene.received, play.values) as Receipt["received"];
  const those = (): Request[] =>
    play.receiver.receipts.filter(
      ({ headers, path: found }) => headers["svix-id"] === id && found === path,
    );
  await play.receiver.until(() => those().length >= times, DEADLINE_MS);
  const { headers, body } = those()[times - 1] as Request;
  assert.equal(body, scene.body);
  const signed = Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("svix-")),
  ) as Record<string, string>;
  const verify = (secret: string, text: string) =>
    play.ask({ verify: { secret, body: text, headers: signed } });
  for (const secret of filled(scene.secrets, play.values) as readonly string[]) {
    toValue(await verify(secret, body));
    assert.ok("error" in (await verify(secret, `${body} `)), "a changed body verified");
  }
}

async function ask(
  step: Pick<Step, "call" | "args" | "options" | "as">,
  { ask: send, values }: Play,
): Promise<SdkAnswer> {
  const answer = await send({
    call: step.call,
    args: filled(step.args ?? [], values) as readonly unknown[],
    ...(step.as === undefined ? undefined : { token: filled(step.as, values) as string }),
    ...(step.options === undefined
      ? undefined
      : { options: filled(step.options, values) as Record<string, unknown> }),
  });
  if ("absent" in answer) throw new Absent(step.call.join(", "));
  return answer;
}

function toValue(answer: SdkAnswer): unknown {
  if ("refused" in answer) throw new Error(`refused with ${answer.refused}: ${answer.text}`);
  if ("error" in answer) throw new Error(answer.error);
  return "value" in answer ? answer.value : null;
}

/** Releases print names as the API has them, or in snake case. */
function at(value: unknown, path: string): unknown {
  const plain = (name: string) => name.replaceAll("_", "").toLowerCase();
  return path.split(".").reduce<unknown>((found, part) => {
    const entries = Object.entries(found ?? {});
    return entries.find(([name]) => plain(name) === plain(part))?.[1];
  }, value);
}

function assertExpected(path: string, found: unknown, expected: Expected): void {
  if (typeof expected !== "object" || expected === null) assert.equal(found, expected, path);
  else if ("not" in expected) assert.notEqual(found, expected.not, path);
  else if ("length" in expected) assert.equal((found as unknown[]).length, expected.length, path);
  else assert.match(String(found), expected.like, path);
}

/** Replaces `$name` by the saved value. A value of an absent call makes the step absent. */
function filled(given: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof given === "string") {
    return given.replaceAll(/\$([a-z]+)/gi, (_all, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Absent(name);
      return value;
    });
  }
  if (given instanceof RegExp || typeof given !== "object" || given === null) return given;
  if (Array.isArray(given)) return given.map((item) => filled(item, values));
  return Object.fromEntries(
    Object.entries(given).map(([name, item]) => [name, filled(item, values)]),
  );
}
