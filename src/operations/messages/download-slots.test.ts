/** The attachment downloads that start, wait or are refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDownloadSlots } from "./download-slots.ts";
import type { DownloadLimits } from "./download-slots.ts";

type Download = {
  /** Undefined while it waits. */
  admitted: boolean | undefined;
  readonly end: () => void;
};

async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

function openSlots(limits: Partial<DownloadLimits>) {
  const slots = createDownloadSlots(limits);
  return async (appId: string, origin: string | null = null): Promise<Download> => {
    const client = new AbortController();
    const download: Download = { admitted: undefined, end: () => client.abort() };
    void slots.acquire({ appId, origin, signal: client.signal }).then((isAdmitted) => {
      download.admitted = isAdmitted;
    });
    await settled();
    return download;
  };
}

test("an application with endless downloads keeps no other waiting", async () => {
  const download = openSlots({ perApp: 2 });
  const hostile = [await download("a"), await download("a"), await download("a")];
  assert.deepEqual(
    hostile.map(({ admitted }) => admitted),
    [true, true, undefined],
  );
  assert.equal((await download("b")).admitted, true);
});

test("a slot is free once its client has the content or is gone, and not before", async () => {
  const download = openSlots({ perApp: 1 });
  const [first, second] = [await download("a"), await download("a")];
  assert.equal(second.admitted, undefined);
  first.end();
  await settled();
  assert.equal(second.admitted, true);
});

test("a client that leaves while it waits takes no slot", async () => {
  const download = openSlots({ perApp: 1 });
  const [first, gone, third] = [await download("a"), await download("a"), await download("a")];
  gone.end();
  await settled();
  assert.equal(gone.admitted, false);
  first.end();
  await settled();
  assert.equal(third.admitted, true);
});

test("waiting applications are admitted in turn", async () => {
  const download = openSlots({ inAll: 1 });
  let current = await download("x");
  const line = [await download("a"), await download("a"), await download("a"), await download("b")];
  const order: number[] = [];
  while (order.length < line.length) {
    current.end();
    await settled();
    const next = line.findIndex(({ admitted }, n) => admitted === true && !order.includes(n));
    order.push(next);
    current = line[next] ?? assert.fail("a slot was lost");
  }
  assert.deepEqual(order, [0, 3, 1, 2]);
});

test("a slow origin takes a few slots, and its application keeps the others", async () => {
  const download = openSlots({ perOrigin: 1 });
  assert.equal((await download("a", "https://slow.example")).admitted, true);
  assert.equal((await download("a", "https://slow.example")).admitted, undefined);
  assert.equal((await download("a", "https://fast.example")).admitted, true);
  assert.equal((await download("a")).admitted, true);
});

test("the number of waiting downloads is limited per application and in total; further ones are refused", async () => {
  const download = openSlots({ inAll: 1, waitingPerApp: 2, waitingInAll: 3 });
  await download("x");
  const states = [];
  for (const appId of ["a", "a", "a", "b", "c"]) states.push((await download(appId)).admitted);
  assert.deepEqual(states, [undefined, undefined, false, undefined, false]);
});

test("a wait ends at its deadline", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const download = openSlots({ inAll: 1, waitMs: 10_000 });
  await download("x");
  const late = await download("a");
  t.mock.timers.tick(9_999);
  await settled();
  assert.equal(late.admitted, undefined);
  t.mock.timers.tick(1);
  await settled();
  assert.equal(late.admitted, false);
});
