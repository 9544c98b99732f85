/** The fingerprint of the sealing key: a node with another key could open no secret of this store. */
import { AppError } from "../../core/error.ts";
import { readSetting, writeSetting } from "./setting.ts";
import type { Writer } from "./writer-types.ts";

const SETTING = "key.fingerprint";

export function keepKeyFingerprint(writer: Writer, p: { fingerprint: string }): void {
  const kept = readSetting(writer, SETTING);
  if (kept === null) return writeSetting(writer, SETTING, p.fingerprint);
  if (kept === p.fingerprint) return;
  throw new AppError(
    "internal",
    `this store was sealed with the key ${kept}, and HOOKLINE_SECRET_KEY is the key ${p.fingerprint}: give the key that made the store`,
  );
}
