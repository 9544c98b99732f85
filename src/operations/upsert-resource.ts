/**
 * Creates the resource of a reference, or changes it. Of concurrent callers one creates it; the others get
 * `conflict` and continue as a change of that resource.
 */
import { AppError } from "../core/error.ts";
import { MOST_TRIES } from "./most-tries.ts";

export async function upsertResource<T>(p: {
  find(): Promise<T | null>;
  /** Refuses with `conflict` when the reference is taken. */
  create(): Promise<T>;
  update(before: T): Promise<T>;
}): Promise<{ readonly value: T; readonly created: boolean }> {
  for (let tries = 1; ; tries++) {
    const before = await p.find();
    if (before !== null) return { value: await p.update(before), created: false };
    try {
      return { value: await p.create(), created: true };
    } catch (error) {
      // Each further attempt means that the resource was created and deleted in between.
      const isTaken = error instanceof AppError && error.code === "conflict";
      if (!isTaken || tries === MOST_TRIES) throw error;
    }
  }
}
