/**
 * Changes that break promises of `docs/claims.md`, each in one place of the sources. The changed program
 * starts and serves, and only the promise is false. `break-claims.ts` makes each change in a copy, where the
 * named test must fail.
 */
export type Break = {
  /** The promise as the page has it. */
  readonly promise: string;
  /** The file that runs the test, when the test is in a contract suite. */
  readonly run?: string;
  /** The test fails by not ending. This is its timeout. */
  readonly noEndMs?: number;
  readonly file: string;
  /** The text to replace, which occurs once in the file. */
  readonly from: string;
  readonly to: string;
  /** A description of the change. */
  readonly what: string;
};

const storeContract = (part: string) => `src/store/sqlite/contract/${part}.test.ts`;
const NATIVE_CONTRACT = "src/dialects/svix/contract.test.ts";

export const BREAKS: readonly Break[] = [
  {
    promise: "A `202` means that the event is fsynced",
    file: "src/store/sqlite/connection.ts",
    from: `makeDurable(db, p.path);
  } catch`,
    to: `{ makeDurable(db, p.path); db.exec("PRAGMA synchronous = NORMAL"); }
  } catch`,
    what: "commits at `synchronous=NORMAL`, after the check has passed",
  },
  {
    promise: "A log that is damaged before its last commit is refused, not truncated",
    file: "src/store/sqlite/file/inspect-log.ts",
    from: "if (brokenAt !== null && sameSalts.length > 0",
    to: "if (brokenAt !== null && brokenAt < at && sameSalts.length > 0",
    what: "the damaged frame is ignored",
  },
  {
    promise: "Outcomes that wait for the store are recorded as soon as it works again",
    file: "src/delivery/lane/lanes.ts",
    from: "      recorder.resume();\n",
    to: "",
    what: "the recorder is not notified of accepted events",
  },
  {
    promise: "Deliveries under way at a crash are due again",
    run: storeContract("queue"),
    file: "src/store/queue/shards.ts",
    from: "fence = fence + 1",
    to: "fence = fence",
    what: "a new owner keeps the fencing token of the dead one",
  },
  {
    promise: "A refused batch stores no event",
    run: storeContract("accept"),
    file: "src/store/sqlite/thread/group-commit.ts",
    from: "if (isPublish && isRefused(value as PublishReply)) rollbackTo(writer, marks);",
    to: "",
    what: "a refused publish is not rolled back",
  },
  {
    promise: "Webhooks are signed as Standard Webhooks defines",
    file: "src/core/crypto/signature.ts",
    from: "return `${id}.${timestampSeconds}.`;",
    to: "return `${id}.`;",
    what: "the timestamp is not signed",
  },
  {
    promise: "A delivery has 22 attempts over exactly 72 hours",
    file: "src/core/delivery/retry-schedule.ts",
    from: "export const DEADLINE_MS = 72 * HOUR;",
    to: "export const DEADLINE_MS = 71 * HOUR;",
    what: "the last attempt is an hour early",
  },
  {
    promise: "The deduplication id and the body are the same on every attempt",
    file: "src/delivery/attempt/authenticate.ts",
    from: `headers.push(names.id, id,`,
    to: `headers.push(names.id, \`\${id}-\${timestampSeconds}\`,`,
    what: "each attempt has a different `webhook-id`",
  },
  {
    promise: "A fault of the server uses up no attempt",
    file: "src/core/delivery/after-attempt.ts",
    from: `if (isServerFault(outcome)) return { state: "unchanged", retryAt: now + pauseMs(outcome) };`,
    to: "",
    what: "it counts as a failure of the receiver",
  },
  {
    promise: "A fast endpoint gets a slot regardless of the number of hanging endpoints",
    file: "src/delivery/limits/concurrency-limit.ts",
    from: "const SLOW_SHARE = 0.75;",
    to: "const SLOW_SHARE = 1;",
    what: "hanging endpoints may take every slot",
  },
  {
    promise: "An endpoint that is down is probed, and waiting deliveries use up no attempts",
    file: "src/core/delivery/breaker.ts",
    from: "const FAILURES_IN_ROW = 5;",
    to: "const FAILURES_IN_ROW = 5_000_000;",
    what: "the breaker does not open",
  },
  {
    promise: "An outcome that the store cannot write delays no other delivery",
    file: "src/delivery/loops/recorder.ts",
    from: `if (err instanceof AppError && err.code !== "internal") throw err;`,
    to: "if (err instanceof Error) throw err;",
    what: "every failed write is repeated unchanged",
  },
  {
    promise: "Every attempt ends by its deadline, even with a hostile receiver",
    noEndMs: 10_000,
    file: "src/net/exchange/exchange.ts",
    from: "this.#firstByteAtMs = performance.now();",
    to: "this.#firstByteAtMs = performance.now(); this.#timer.refresh();",
    what: "each byte of an answer extends the deadline",
  },
  {
    promise: "At most 16 KiB of an answer are read",
    file: "src/net/send.ts",
    from: "const ANSWER_LIMITS: BodyLimits = { bytes: 16_384, waitMs: 1000 };",
    to: "const ANSWER_LIMITS: BodyLimits = { bytes: 16_384_000, waitMs: 1000 };",
    what: "the limit is a thousand times as large",
  },
  {
    promise: "No webhook reaches an address that the policy refuses",
    file: "src/net/policy/address-policy.ts",
    from: `  "169.254.0.0/16": "link-local",\n`,
    to: "",
    what: "the link-local range is not in the table",
  },
  {
    promise: "Certificates are always checked",
    file: "src/net/connect/open-tls.ts",
    from: "rejectUnauthorized: true,",
    to: "rejectUnauthorized: false,",
    what: "every certificate is accepted",
  },
  {
    promise: "Sensitive values are masked anywhere in a log line",
    file: "src/telemetry/mask.ts",
    from: `return number.replace(DIGITS_IN_NUMBER, "*");`,
    to: "return number;",
    what: "phone numbers are not masked",
  },
  {
    promise: "Secrets are encrypted at rest, each bound to its row and field",
    file: "src/core/crypto/encrypt.ts",
    from: `return Buffer.concat([Uint8Array.of(keyId), Buffer.from(context, "utf8")]);`,
    to: "return Buffer.of(keyId, boundTo.length * 0);",
    what: "an encrypted value can be decrypted in any row",
  },
  {
    promise: "A key is valid for one application only",
    file: "src/operations/keys/authenticate-caller.ts",
    from: "if (app?.id !== appId) throw unknownApp(ref);",
    to: "if (app === null) throw unknownApp(ref);",
    what: "the application of a key is not checked",
  },
  {
    promise: "A credential is valid for one API only",
    run: NATIVE_CONTRACT,
    file: "src/operations/keys/authenticate-caller.ts",
    from: "if (!KEYS_OF_API[api].includes(key.kind)) throw unauthenticated();",
    to: "",
    what: "the kind of a key is not checked",
  },
  {
    promise: "Requests with the same `Idempotency-Key` make one event",
    run: storeContract("accept"),
    file: "src/store/sqlite/accept/idempotency.ts",
    from: "if (row !== undefined) return readIdempotent(",
    to: "if (row === null) return readIdempotent(",
    what: "keys are never found",
  },
  {
    promise: "With an `orderingKey` each event waits for the previous one",
    run: storeContract("queue"),
    file: "src/store/accept/plan-delivery.ts",
    from: "const waits = orderingKey !== null && lookups.isBehind(endpoint, orderingKey);",
    to: "const waits = orderingKey !== null && lookups === null && lookups.isBehind(endpoint, orderingKey);",
    what: "no event waits",
  },
  {
    promise: "Every delivery is accounted for",
    run: storeContract("maintenance"),
    file: "src/store/queue/leave-pending.ts",
    from: "s.tally(endpoint.appSeq, { delivered, failed, cancelled, pendingBytes: -bytes });",
    to: "s.tally(endpoint.appSeq, { delivered, cancelled, pendingBytes: -bytes });",
    what: "failures are not counted",
  },
  {
    promise: "Once disabling an endpoint is answered, no further webhook is sent to it",
    file: "src/delivery/lane/lane-loading.ts",
    from: `if (loaded.endpoint.status !== "enabled") return releaseAll(lane);`,
    to: "",
    what: "a lane continues with a disabled endpoint",
  },
  {
    promise: "A status never goes backwards",
    file: "src/core/messages/message-change.ts",
    from: "isStaleStatus(before.status, status)",
    to: "before.status === status",
    what: "only the same status again is stale",
  },
  {
    promise: "64-bit ids arrive digit by digit",
    file: "src/dialects/zipwhip/webhooks/print-fields.ts",
    from: `const text = stringifyJson(value);`,
    to: `const text = stringifyJson(typeof value === "bigint" ? Number(value) : value);`,
    what: "an id is converted to a double",
  },
  {
    promise: "Zipwhip's 24 keys arrive as its documentation shows",
    file: "src/dialects/zipwhip/webhooks/message-body.ts",
    from: "    cc: null,",
    to: `    cc: "",`,
    what: "one null is an empty string",
  },
  {
    promise: "`sb-signing-secret` has the secret of the Sendblue entry, or the global one",
    file: "src/delivery/attempt/authenticate.ts",
    from: `const LITERAL_SECRET_HEADER = "sb-signing-secret";`,
    to: `const LITERAL_SECRET_HEADER = "sb-secret";`,
    what: "the header has another name",
  },
  {
    promise: "Chirp's bodies have the documented keys and ids",
    file: "src/dialects/chirp/webhooks/message-data.ts",
    from: "id: `msg_sms_${message.ksuid}`,",
    to: "id: `msg_${message.ksuid}`,",
    what: "the id of a text has no kind",
  },
  {
    promise: "A replay continues after a restart and does nothing twice",
    run: storeContract("history"),
    file: "src/store/jobs/step.ts",
    from: "[state, position, done, reason, next.nextAt, p.now, job.seq, params]",
    to: "[state, job.position, done, reason, next.nextAt, p.now, job.seq, params]",
    what: "the progress of a task is not stored",
  },
  {
    promise: "A step of the wall clock ahead ends no delivery early",
    file: "src/delivery/loops/clock-steps.ts",
    from: "if (byMs >= SMALLEST_MS)",
    to: "if (byMs >= Infinity)",
    what: "no step of the clock is detected",
  },
  {
    promise: "Cancelling a commit that waits for its standby loses nothing",
    file: "src/store/postgres/accept/accept.ts",
    from: "if (decided.some(isKnown)) await confirmFirst(tx);",
    to: "",
    what: "a repeat is answered with events that may be on one disk only",
  },
  {
    promise: "A node sends events that another node accepted, without waiting for its next poll",
    file: "src/store/postgres/cluster/forwarding-inbox.ts",
    from: "if (!running.has(owner)) void run(owner);",
    to: "",
    what: "forwarded deliveries are not taken on a notification",
  },
  {
    promise: "Events with an `orderingKey` stay in order across nodes",
    file: "src/store/queue/ordering.ts",
    from: "const behind = seq > before ? seq :",
    to: "const behind = seq > 0 ? seq :",
    what: "a delivery keeps the number of its node's block",
  },
  {
    promise: "A database server that could lose acknowledged events is refused",
    file: "src/store/postgres/server/check-server.ts",
    from: `holds: ({ fsync }) => fsync === "on",`,
    to: `holds: ({ fsync }) => fsync !== "",`,
    what: "`fsync = off` is accepted",
  },
];
