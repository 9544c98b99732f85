import assert from "node:assert/strict";
import { test } from "node:test";
import { isAccepted, isServerFault } from "../core/delivery/outcome.ts";
import type { FailReason } from "../core/delivery/outcome.ts";
import { toFailure, NetError, tlsError } from "./outcome.ts";

function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

const FOLDS: readonly [unknown, FailReason][] = [
  [systemError("ETIMEDOUT"), "timeout"],
  [systemError("ENOTFOUND"), "dns_not_found"],
  [systemError("EAI_AGAIN"), "dns_failure"],
  [systemError("ECONNREFUSED"), "refused"],
  [systemError("ECONNRESET"), "reset"],
  [systemError("EPIPE"), "reset"],
  [systemError("ENETUNREACH"), "unreachable"],
  [systemError("ERR_TLS_CERT_ALTNAME_INVALID"), "tls"],
  [systemError("ERR_SSL_WRONG_VERSION_NUMBER"), "tls"],
  [systemError("EPROTO"), "tls"],
  [new NetError("blocked", "refused"), "blocked"],
  [new NetError("headers_too_large", "too large"), "headers_too_large"],
  [systemError("ERR_UNKNOWN_ENCODING"), "protocol"],
  [systemError("EMFILE"), "internal"],
  [systemError("ENFILE"), "internal"],
  [systemError("ENOMEM"), "internal"],
  [systemError("ENOBUFS"), "internal"],
  [systemError("EADDRNOTAVAIL"), "internal"],
  [new DOMException("aborted", "AbortError"), "cancelled"],
  [new TypeError("a bug"), "protocol"],
  ["not even an error", "protocol"],
  [undefined, "protocol"],
];

for (const [error, reason] of FOLDS) {
  test(`the error ${String(error)} has the reason ${reason}`, () => {
    assert.equal(toFailure(error, 1).reason, reason);
  });
}

test("when several addresses failed, a fault of the target is reported as the cause", () => {
  const mixed = new AggregateError([systemError("EADDRNOTAVAIL"), systemError("ECONNREFUSED")]);
  assert.equal(toFailure(mixed, 1).reason, "refused");
  const ours = new AggregateError([systemError("EMFILE"), systemError("EMFILE")]);
  assert.equal(toFailure(ours, 1).reason, "internal");
});

test("an address is shown to the operator only", () => {
  const failed = toFailure(systemError("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:80"), 1);
  assert.equal(failed.detail, "the connection was refused (ECONNREFUSED)");
  assert.match(failed.operatorHint ?? "", /10\.0\.0\.1/);
});

test("an unknown error of the handshake is a TLS failure, and a reset is a reset", () => {
  const expired = tlsError(systemError("CERT_HAS_EXPIRED"));
  assert.equal(toFailure(expired, 1).reason, "tls");
  assert.match(toFailure(expired, 1).detail, /CERT_HAS_EXPIRED/);
  assert.equal(toFailure(tlsError(systemError("ECONNRESET")), 1).reason, "reset");
});

test("internal and cancelled are faults of the server, and only a 2xx is accepted", () => {
  for (const [error, reason] of FOLDS) {
    const isOurs = reason === "internal" || reason === "cancelled";
    assert.equal(isServerFault(toFailure(error, 1)), isOurs);
  }
  const answered = { kind: "response", headers: {}, body: "", bodyTruncated: false } as const;
  for (const status of [199, 200, 204, 299, 300, 500]) {
    const outcome = { ...answered, status, durationMs: 1 };
    assert.equal(isAccepted(outcome), status >= 200 && status < 300);
    assert.equal(isServerFault(outcome), false);
  }
});
