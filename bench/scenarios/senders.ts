/**
 * (t) CPU time of each thread of the server per delivery, with 0, 1 and 2 sender threads. The busiest thread limits the
 * rate of a machine with a core for each, so two cores can show the limit, though not the rate. On PostgreSQL the main
 * thread has the connections, and the database takes CPU time too.
 */
import { withCost } from "../cost.ts";
import { driveClosed } from "../drive.ts";
import { describePostgres, openPostgres, type Database } from "../postgres.ts";
import { whole, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  type Rig,
  SINGLE_CONNECTIONS,
  startSubject,
} from "../rig.ts";

const COUNTS = [0, 1, 2];
const FAN_OUT_ENDPOINTS = 100;

type Load = {
  readonly name: string;
  readonly endpoints: number;
  readonly events: number;
  readonly connections: number;
};

const LOADS: readonly Load[] = [
  { name: "batches", endpoints: 1, events: BATCH_EVENTS, connections: BATCH_CONNECTIONS },
  { name: "singles", endpoints: 1, events: 1, connections: SINGLE_CONNECTIONS },
  { name: "fan-out", endpoints: FAN_OUT_ENDPOINTS, events: 1, connections: 4 },
];

export async function measureSenders(rig: Rig): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    for (const count of COUNTS) rows.push(await measure(rig, load, count, null));
  }
  await using postgres = await openPostgres(rig);
  rows.push(describePostgres(postgres));
  for (const load of LOADS) {
    for (const count of COUNTS) {
      rows.push(await measure(rig, load, count, await postgres.makeDatabase()));
    }
  }
  return rows;
}

async function measure(
  rig: Rig,
  load: Load,
  count: number,
  database: Database | null,
): Promise<Row> {
  const { name, endpoints } = load;
  const store = database === null ? "" : ", PostgreSQL";
  const subject = await startSubject(rig, `senders-${name}-${count}-${database?.name ?? "file"}`, {
    endpoints,
    settings: { ...database?.settings, HOOKLINE_SENDERS: `${count}` },
  });
  const publisher = await subject.open(load.events, load.connections);
  const drive = (durationMs: number) =>
    driveClosed({ publisher, sink: rig.sink, durationMs, outstanding: OUTSTANDING, endpoints });
  await drive(rig.amounts.warmMs);
  const before = await database?.usage();
  const { run, cost } = await withCost(subject.server, () =>
    drive(rig.amounts.rounds * rig.amounts.roundMs),
  );
  const after = await database?.usage();
  const { residentMiB } = subject.server.memory();
  await subject.stop();
  const ofDatabase =
    before === undefined || after === undefined
      ? ""
      : `; database ${whole(((after.cpuMs - before.cpuMs) / run.receipts) * 1000)}`;
  return {
    what: `(t) ${name} with ${count} sender threads${store}: ms per 1,000 deliveries, by thread`,
    figure: `${cost.msPerThousand.toFixed(0)}: ${cost.threads}${ofDatabase}; ${whole(run.perSecond)} deliveries/s, ${whole(residentMiB)} MiB`,
  };
}
