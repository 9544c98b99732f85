/** Keys of the people who operate the server. They act on every application, by their role. */
import type { OperatorRole } from "../../core/operator-role.ts";

export type OperatorKey = {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  /** SHA-256 of the key, which is shown once and not stored. */
  readonly secretHash: Uint8Array;
  readonly createdAt: number;
};

export interface OperatorKeyStore {
  /** Refuses with `limit_reached` beyond `operatorKeys`. */
  create(p: { key: OperatorKey }): Promise<void>;
  findByHash(p: { secretHash: Uint8Array }): Promise<OperatorKey | null>;
  /** Newest first; all of them. */
  list(): Promise<readonly OperatorKey[]>;
  /** The key is unknown afterwards; false when it was before. */
  delete(p: { id: string }): Promise<boolean>;
}
