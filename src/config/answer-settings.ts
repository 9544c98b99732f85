/** Settings of the answers of receivers: how much of them is kept. */
import { ATTEMPT_DETAILS } from "../core/delivery/attempt-detail.ts";
import { parseBytes, parseChoice } from "./parse-setting.ts";
import { row } from "./setting-row.ts";

export const ANSWER_SETTINGS = {
  answerKeepSuccessBytes: row(
    "HOOKLINE_ANSWER_KEEP_SUCCESS",
    "1KiB",
    parseBytes(0, 16 * 1024),
    "Bytes of each response body that are stored when the receiver accepts the delivery. 0B stores none.",
  ),
  answerKeepFailureBytes: row(
    "HOOKLINE_ANSWER_KEEP_FAILURE",
    "4KiB",
    parseBytes(0, 16 * 1024),
    "Bytes of each response body that are stored when the receiver refuses the delivery. 0B stores none.",
  ),
  attemptDetail: row(
    "HOOKLINE_ATTEMPT_DETAIL",
    "failures",
    parseChoice(ATTEMPT_DETAILS),
    "Which attempts keep the headers of the answer, the times of DNS, connecting, TLS and first byte, and the receiver's address: failures, all or none.",
  ),
} as const;
