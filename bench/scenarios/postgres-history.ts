import type { Row } from "../report.ts";
export async function measurePostgresHistory(): Promise<readonly Row[]> {
  return [];
}
