/**
 * Every encrypted column of the store. Values of a column that is missing here would be lost with the old
 * key; `encryption.test.ts` of each driver compares the list with its schema.
 */
import {
  dialectStateContext,
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../../core/crypto/encryption-context.ts";

export type EncryptedPlace = {
  readonly table: string;
  readonly column: string;
  /** Columns that identify a row of the table; the first is a number. */
  readonly keys: readonly [string, string];
  /** SQL for the application that the row belongs to. */
  readonly appSeq: string;
  /** SQL for the id that the value is bound to. */
  readonly owner: string;
  readonly boundTo: (owner: string, key: string) => string;
};

const OF_ENDPOINT = {
  table: "endpoint",
  keys: ["seq", "shard"],
  appSeq: "app_seq",
  owner: "id",
} as const;

export const ENCRYPTED_PLACES: readonly EncryptedPlace[] = [
  {
    table: "endpoint_secret",
    column: "encrypted",
    keys: ["endpoint_seq", "ordinal"],
    appSeq: "(SELECT app_seq FROM endpoint WHERE seq = endpoint_seq)",
    owner: "(SELECT id FROM endpoint WHERE seq = endpoint_seq)",
    boundTo: secretContext,
  },
  { ...OF_ENDPOINT, column: "encrypted_headers", boundTo: headersContext },
  { ...OF_ENDPOINT, column: "encrypted_tls", boundTo: tlsContext },
  { ...OF_ENDPOINT, column: "encrypted_userinfo", boundTo: userinfoContext },
  {
    table: "dialect_state",
    column: "encrypted",
    keys: ["app_seq", "dialect"],
    appSeq: "app_seq",
    owner: "(SELECT id FROM app WHERE seq = app_seq)",
    boundTo: dialectStateContext,
  },
];
