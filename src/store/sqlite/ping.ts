/** Whether the store can be written: an empty commit would not reach the disk, so it writes one row. */
import { writeSetting } from "./setting.ts";
import type { Writer } from "./writer-types.ts";

export function ping(writer: Writer): void {
  writeSetting(writer, "ping", "1");
}
