/**
 * Opt-outs that outlive an erased number. Neither the line nor the number can be read from a mark. With the key
 * of the store a number can be tested, as the next text from it is.
 */
import { createHmac } from "node:crypto";
import type { Steps, WriteSession } from "../session.ts";

/** The setting with the key, which was drawn when the table was created and never changes. */
export const OPT_OUT_KEY = "optOut.key";

export type ErasedConversation = {
  readonly appSeq: number;
  readonly line: string;
  readonly contact: string;
};

/** Letters and digits only. */
export function toOptOutMark(key: string, p: ErasedConversation): string {
  const mac = createHmac("sha256", Buffer.from(key, "hex"));
  return mac.update(`${p.appSeq} ${p.line} ${p.contact}`).digest("hex").slice(0, 32);
}

/** Keeps the opt-outs of conversations that are about to be deleted. A later opt-in took an older mark back. */
export function* keepOptOuts(
  s: WriteSession,
  conversations: readonly (ErasedConversation & { readonly optedOut: boolean })[],
): Steps<void> {
  if (conversations.length === 0) return;
  const setting = yield* s.one<{ value: string }>("SELECT value FROM setting WHERE name = ?1", [
    OPT_OUT_KEY,
  ]);
  if (setting === null) throw new Error("the store has no key for opt-outs");
  for (const conversation of conversations) {
    const { appSeq, optedOut } = conversation;
    const values = [appSeq, toOptOutMark(setting.value, conversation)];
    if (!optedOut) {
      yield* s.run("DELETE FROM erased_opt_out WHERE app_seq = ?1 AND mark = ?2", values);
      continue;
    }
    yield* s.run(
      `INSERT INTO erased_opt_out (app_seq, mark) VALUES (?1, ?2)
       ON CONFLICT (app_seq, mark) DO NOTHING`,
      values,
    );
    yield* s.run("UPDATE app SET has_erased_opt_outs = true WHERE seq = ?1", [appSeq]);
    s.appChanged(appSeq);
  }
}
