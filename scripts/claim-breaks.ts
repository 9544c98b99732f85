/**
 * For promises of `docs/claims.md` one change each of one place in the sources, which makes the
 * promise false and nothing else worth noticing: the program starts, and serves. Whether the test that
 * the page names is worth its row is seen by `break-claims.ts`, which makes the changes in a copy.
 */
export type Break = {
  /** As the page has it. */
  readonly promise: string;
  /** What runs the test, where its file is a part of a contract. */
  readonly run?: string;
  /** The test notices by not ending: it is given this long. */
  readonly noEndMs?: number;
  readonly file: string;
  /** Occurs once in the file. */
  readonly from: string;
  readonly to: string;
  /** What the change does, in words. */
  readonly what: string;
};

const STORE_CONTRACT = "src/store/sqlite/contract.test.ts";
const NATIVE_CONTRACT = "src/dialects/svix/contract.test.ts";

export const BREAKS: readonly Break[] = [
  {
    promise: "A `202` means fsynced",
    file: "src/store/sqlite/connection.ts",
    from: `makeDurable(db, p.path);
  } catch`,
    to: `{ makeDurable(db, p.path); db.exec("PRAGMA synchronous = NORMAL"); }
  } catch`,
    what: "commits at `synchronous=NORMAL`, once it was read back",
  },
  {
    promise: "A log that is damaged before its last commit is refused, not cut short",
    file: "src/store/sqlite/inspect-log.ts",
    from: "if (brokenAt !== null && sameSalts.length > 0",
    to: "if (brokenAt !== null && brokenAt < at && sameSalts.length > 0",
    what: "the frame that broke counts for nothing",
  },
  {
    promise: "What an outage left is recorded as soon as the store works again",
    file: "src/delivery/lanes.ts",
    from: "    recorder.goOn();\n",
    to: "",
    what: "the recorder does not hear that something was accepted",
  },
  {
    promise: "What was under way at a death is due again",
    run: STORE_CONTRACT,
    file: "src/store/sqlite/shards.ts",
    from: "const fence = row.fence + 1;",
    to: "const fence = row.fence;",
    what: "a new owner keeps the fence of the dead one",
  },
  {
    promise: "A refused batch stores nothing of it",
    run: STORE_CONTRACT,
    file: "src/store/sqlite/group.ts",
    from: "if (isPublish && isRefused(value as PublishReply)) rollbackTo(writer, marks);",
    to: "",
    what: "a refused publish is not rolled back",
  },
  {
    promise: "Webhooks are signed after Standard Webhooks",
    file: "src/core/signature.ts",
    from: "return `${id}.${timestampSeconds}.`;",
    to: "return `${id}.`;",
    what: "the timestamp is not signed",
  },
  {
    promise: "22 attempts over exactly 72 hours",
    file: "src/core/retry-schedule.ts",
    from: "export const DEADLINE_MS = 72 * HOUR;",
    to: "export const DEADLINE_MS = 71 * HOUR;",
    what: "the last attempt is an hour early",
  },
  {
    promise: "The dedupe id and the body are the same on every attempt",
    file: "src/delivery/authenticate.ts",
    from: `headers.push(names.id, id,`,
    to: `headers.push(names.id, \`\${id}-\${timestampSeconds}\`,`,
    what: "each attempt has a `webhook-id` of its own",
  },
  {
    promise: "A fault of ours uses up no attempt",
    file: "src/core/after-attempt.ts",
    from: `if (isOurFault(outcome)) return { state: "unchanged", retryAt: now + ourPauseMs(outcome) };`,
    to: "",
    what: "it is judged like a failure of the receiver",
  },
  {
    promise: "An endpoint that answers fast finds a place beside any number that hang",
    file: "src/delivery/places.ts",
    from: "const SLOW_SHARE = 0.75;",
    to: "const SLOW_SHARE = 1;",
    what: "endpoints that hang may take every place",
  },
  {
    promise: "An endpoint that is down is probed, and what waits costs no attempts",
    file: "src/core/breaker.ts",
    from: "const FAILURES_IN_ROW = 5;",
    to: "const FAILURES_IN_ROW = 5_000_000;",
    what: "the breaker does not open",
  },
  {
    promise: "An outcome that the store cannot write holds up no other delivery",
    file: "src/delivery/recorder.ts",
    from: `if (err instanceof AppError && err.code !== "internal") throw err;`,
    to: "if (err instanceof Error) throw err;",
    what: "whatever fails is tried again as it was",
  },
  {
    promise: "Every attempt ends by its deadline, whatever the receiver does",
    noEndMs: 10_000,
    file: "src/net/exchange.ts",
    from: "this.#hasHeard = true;",
    to: "this.#hasHeard = true; this.#timer.refresh();",
    what: "each byte of an answer extends the deadline",
  },
  {
    promise: "At most 16 KiB of an answer are read",
    file: "src/net/send.ts",
    from: "const ANSWER_LIMITS: BodyLimits = { bytes: 16_384, waitMs: 1000 };",
    to: "const ANSWER_LIMITS: BodyLimits = { bytes: 16_384_000, waitMs: 1000 };",
    what: "a thousand times as much is read",
  },
  {
    promise: "No webhook reaches an address that the policy refuses",
    file: "src/net/address-policy.ts",
    from: `  "169.254.0.0/16": "link-local",\n`,
    to: "",
    what: "the link-local range is not in the table",
  },
  {
    promise: "Certificates are always checked",
    file: "src/net/open-tls.ts",
    from: "rejectUnauthorized: true,",
    to: "rejectUnauthorized: false,",
    what: "any certificate will do",
  },
  {
    promise: "Whatever is logged is masked, wherever it stands",
    file: "src/telemetry/mask.ts",
    from: `return number.replace(DIGITS_IN_NUMBER, "*");`,
    to: "return number;",
    what: "phone numbers are not masked",
  },
  {
    promise: "Secrets lie sealed, each bound to its row and field",
    file: "src/core/seal.ts",
    from: `return Buffer.concat([Uint8Array.of(keyId), Buffer.from(boundTo, "utf8")]);`,
    to: "return Buffer.of(keyId, boundTo.length * 0);",
    what: "a sealed value opens in any row",
  },
  {
    promise: "A key of one app is good for no other",
    file: "src/operations/authenticate-caller.ts",
    from: "if (app?.id !== caller.appId) throw unknownApp(ref);",
    to: "if (app === null) throw unknownApp(ref);",
    what: "the app of a key is not looked at",
  },
  {
    promise: "A credential of one API is good at no other",
    run: NATIVE_CONTRACT,
    file: "src/operations/authenticate-caller.ts",
    from: "if (!KEYS_OF_SURFACE[surface].includes(key.kind)) throw unauthenticated();",
    to: "",
    what: "the kind of a key is not looked at",
  },
  {
    promise: "The same `Idempotency-Key` makes one event, however often it comes",
    run: STORE_CONTRACT,
    file: "src/store/sqlite/once.ts",
    from: "if (once === null) return null;",
    to: "if (once !== undefined) return null;",
    what: "keys are never found",
  },
  {
    promise: "With an `orderingKey` the next waits for the one before it",
    run: STORE_CONTRACT,
    file: "src/store/sqlite/deliver.ts",
    from: "const waits = key !== null && hasPredecessor(writer, endpoint.seq, key);",
    to: "const waits = key !== null && writer === null && hasPredecessor(writer, endpoint.seq, key);",
    what: "nothing waits for anything",
  },
  {
    promise: "Every delivery is accounted for",
    run: STORE_CONTRACT,
    file: "src/store/sqlite/record.ts",
    from: "isDelivered ? { delivered: 1, owedBytes } : { failed: 1, owedBytes },",
    to: "isDelivered ? { delivered: 1, owedBytes } : { owedBytes },",
    what: "failures are not counted",
  },
  {
    promise: "After a disabling has answered, nothing more is sent",
    file: "src/delivery/lane-opening.ts",
    from: `if (opened.endpoint.status !== "enabled") return giveBack(lane);`,
    to: "",
    what: "a lane goes on with an endpoint that is disabled",
  },
  {
    promise: "A status never steps back",
    file: "src/core/message-change.ts",
    from: "isStaleStatus(before.status, status)",
    to: "before.status === status",
    what: "only the same status again is stale",
  },
  {
    promise: "64-bit ids arrive digit by digit",
    file: "src/dialects/zipwhip/print-fields.ts",
    from: `const text = stringifyJson(value);`,
    to: `const text = stringifyJson(typeof value === "bigint" ? Number(value) : value);`,
    what: "an id goes through a double",
  },
  {
    promise: "Zipwhip's 24 keys arrive as its documents print them",
    file: "src/dialects/zipwhip/message-body.ts",
    from: "    cc: null,",
    to: `    cc: "",`,
    what: "one null is an empty string",
  },
  {
    promise: "Sendblue's secret is in `sb-signing-secret`, the entry's own or the global one",
    file: "src/delivery/authenticate.ts",
    from: `const LITERAL_SECRET_HEADER = "sb-signing-secret";`,
    to: `const LITERAL_SECRET_HEADER = "sb-secret";`,
    what: "the header has another name",
  },
  {
    promise: "Chirp's bodies have the documented keys and ids",
    file: "src/dialects/chirp/message-data.ts",
    from: "id: `msg_sms_${message.ksuid}`,",
    to: "id: `msg_${message.ksuid}`,",
    what: "the id of a text lacks its kind",
  },
  {
    promise: "A replay goes on after a restart and does nothing twice",
    run: STORE_CONTRACT,
    file: "src/store/sqlite/jobs-step.ts",
    from: ".run(next.state, next.position, next.done,",
    to: ".run(next.state, job.position, next.done,",
    what: "how far a task is, is not written down",
  },
  {
    promise: "A wall clock that is set ahead ends nothing early",
    file: "src/delivery/clock-steps.ts",
    from: "if (byMs >= SMALLEST_MS)",
    to: "if (byMs >= Infinity)",
    what: "no step is noticed",
  },
  {
    promise: "Cancelling a commit that waits for its standby loses nothing",
    file: "src/store/postgres/accept.ts",
    from: "if (decided.some(isKnown)) await confirmFirst(tx);",
    to: "",
    what: "a repeat is answered with what may be on one disk only",
  },
  {
    promise: "What one node accepts another one sends, without waiting for a look",
    file: "src/store/postgres/takeovers.ts",
    from: "if (!running.has(owner)) void run(owner);",
    to: "",
    what: "what is heard of is not taken",
  },
  {
    promise: "The order of a key holds across nodes",
    file: "src/store/postgres/deliver.ts",
    from: "const behind = seq > before ? seq :",
    to: "const behind = seq > 0 ? seq :",
    what: "a delivery keeps the number of its node's block",
  },
  {
    promise: "A server that could lose what was acknowledged is refused",
    file: "src/store/postgres/check-server.ts",
    from: `holds: ({ fsync }) => fsync === "on",`,
    to: `holds: ({ fsync }) => fsync !== "",`,
    what: "`fsync = off` is taken",
  },
];
