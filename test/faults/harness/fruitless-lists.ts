/**
 * The attacks of F31: an application lists its events with a filter that none of them passes. Each list
 * therefore reads the most rows that a list may read. 40 connections ask at once, then 1,300, with ten keys and with
 * one. Each asks again as soon as it is answered.
 */
import assert from "node:assert/strict";
import { call, type ServerProcess } from "../../harness/server.ts";
import { startRequests, type Answers, type AttackRequest } from "./attack.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";

/** More than one list reads (`SCAN_LIMIT`), so that its page is never the last one. */
const EVENTS = 12_000;
const BATCH = 1_000;
const KEYS = 10;
const FEW = 40;
const MANY = 1_300;
const PATH = "/api/v1/app/attacker/msg?tag=none&limit=250";

/** `refusals` are the texts of the first refusal of each attack that had one. */
export async function prepareFruitlessLists(
  { url }: Pick<ServerProcess, "url">,
  refusals: string[] = [],
): Promise<PreparedAttacks<Answers>> {
  const made = async (path: string, body: unknown) => {
    const answer = await call(url, "POST", path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  await made("/app", { name: "Attacker", uid: "attacker" });
  const event = { eventType: "listed.event", payload: {} };
  const batch = Array.from({ length: BATCH }, () => event);
  for (let n = 0; n < EVENTS; n += BATCH) await made("/app/attacker/msg/batch", batch);
  const ofKeys: AttackRequest[] = [];
  for (let n = 0; n < KEYS; n += 1) {
    const { key } = await made("/app/attacker/key", { kind: "manage" });
    const headers = { authorization: `Bearer ${String(key)}` };
    ofKeys.push({ method: "GET", path: PATH, headers });
  }
  const attack = (name: string, connections: number, requests: readonly AttackRequest[]) => ({
    name,
    start: () => startRequests({ url, connections, requests }, (text) => refusals.push(text)),
  });
  return {
    attacks: [
      attack("40 lists at once with ten keys", FEW, ofKeys),
      attack("1,300 lists at once with ten keys", MANY, ofKeys),
      attack("1,300 lists at once with one key", MANY, ofKeys.slice(0, 1)),
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
