/** A registered line from its columns, for both stores. */
import type { RegisteredLine } from "../interface/tenancy.ts";

/** The registered line of application ?1 with the id or number ?2. */
export const NAMED_LINE = "app_seq = ?1 AND line_id IS NOT NULL AND (line_id = ?2 OR number = ?2)";

export type LineRow = {
  readonly seq: number;
  readonly lineId: string;
  readonly appId: string;
  readonly number: string;
  readonly deviceId: number;
  readonly name: string | null;
  readonly username: string;
  readonly passwordHash: string;
  readonly payloadGeneration: string;
  readonly registeredAt: number;
};

export function toLine(row: LineRow): RegisteredLine {
  return {
    id: row.lineId,
    appId: row.appId,
    number: row.number,
    deviceId: row.deviceId,
    name: row.name,
    username: row.username,
    passwordHash: row.passwordHash,
    payloadGeneration: row.payloadGeneration as RegisteredLine["payloadGeneration"],
    createdAt: row.registeredAt,
  };
}
