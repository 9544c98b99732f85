/** The promises that each case of the fuzzer checks. */
export const PROMISES = {
  settlesOnce: "an attempt settles once",
  settles: "an attempt settles",
  ends: "an attempt ends with the end of its answer",
  taken: "an answer is taken",
  reason: "a failure has the right reason",
  believed: "only the status of a final status line is believed",
  faultyHead: "a faulty head is believed only as success or failure",
  body: "the body is the one of this answer",
  repeated: "a request is repeated only after a kept connection broke without a byte",
  reused: "a connection is reused only after a complete and correct answer",
  kept: "a correct answer keeps its connection",
  left: "nothing is left open",
  requested: "a receiver gets whole requests",
  throws: "no answer makes the sender throw",
} as const;

export type BrokenPromise = (typeof PROMISES)[keyof typeof PROMISES];

export type Broken = {
  readonly promise: BrokenPromise;
  readonly about: string;
  /** A machine that stalls can cause it too, so the case is played again. */
  readonly isByTime: boolean;
};

export function broken(promise: BrokenPromise, about: string): Broken {
  return { promise, about, isByTime: false };
}

export function brokenByTime(promise: BrokenPromise, about: string): Broken {
  return { promise, about, isByTime: true };
}
