/** A place for files of tests that need no disk: there an fsync costs nothing. */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";

/** The temporary folder on disk when the machine has less room in memory. */
export async function findMemoryFolder(roomBytes: number): Promise<string> {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize < roomBytes ? tmpdir() : MEMORY;
}
