/**
 * (p) The events of (b) and (c) with ten endpoints whose payload filters reject each event, beside the same server
 * without them. Deliveries are the same on both sides, so the difference is the cost of the filters.
 */
import { driveClosed } from "../drive.ts";
import { EVENT_TYPE } from "../event.ts";
import { interleave, toRatio, toSpread } from "../pairs.ts";
import type { Publisher } from "../publisher.ts";
import { perSecond, showRatio, type Row } from "../report.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  OUTSTANDING,
  SINGLE_CONNECTIONS,
  startSubject,
  warm,
  type Rig,
  type Subject,
} from "../rig.ts";

/** No filter is true for an event of the bench. */
const FILTERS = [
  "message.from == '+12065550199'",
  "contains(lower(message.text), 'invoice')",
  "message.media[?starts_with(contentType, 'image/')]",
  "message.channel == 'mms' && length(message.media) > `0`",
  'contains(`["+12065550188", "+12065550189"]`, message.from)',
  "starts_with(message.to, '+1425')",
  "carrier.cost > `10`",
  "message.channel != 'sms'",
  "type(carrier.trace) == 'null'",
  "ends_with(message.text, '?') || message.status == 'failed'",
];

type Side = { readonly subject: Subject; readonly publisher: Publisher; costs: number[] };

export async function measureFilters(rig: Rig): Promise<readonly Row[]> {
  const plain = await startSubject(rig, "plain");
  const filtered = await startSubject(rig, "filtered");
  try {
    for (const [i, payloadFilter] of FILTERS.entries()) {
      await filtered.server.call("POST", `/app/${filtered.app}/endpoint`, {
        url: `${rig.sink.origin}/filtered/${i}`,
        filterTypes: [EVENT_TYPE],
        payloadFilter,
      });
    }
    return [
      ...(await measure(rig, "(p) single events", 1, SINGLE_CONNECTIONS, { plain, filtered })),
      ...(await measure(rig, "(p) batches of 100", BATCH_EVENTS, BATCH_CONNECTIONS, {
        plain,
        filtered,
      })),
    ];
  } finally {
    await plain.stop();
    await filtered.stop();
  }
}

async function measure(
  rig: Rig,
  what: string,
  events: number,
  connections: number,
  subjects: { readonly plain: Subject; readonly filtered: Subject },
): Promise<readonly Row[]> {
  const open = async (subject: Subject): Promise<Side> => {
    const publisher = await subject.open(events, connections);
    await warm(rig, publisher);
    return { subject, publisher, costs: [] };
  };
  const [plain, filtered] = [await open(subjects.plain), await open(subjects.filtered)];
  const rates = await interleave(
    { plain: () => run(rig, plain), filtered: () => run(rig, filtered) },
    rig.amounts.rounds,
  );
  const row = (name: string, rate: readonly number[], { costs }: Side): Row => ({
    what: `${what}, ${name}`,
    figure: `${perSecond(toSpread(rate), "events")}; ${toSpread(costs).median.toFixed(0)} ms per 1,000 events`,
  });
  return [
    row("no filter", rates.plain, plain),
    row("ten filters", rates.filtered, filtered),
    {
      what: `${what}, CPU time with ten filters divided by none`,
      figure: showRatio(toRatio(filtered.costs, plain.costs)),
    },
  ];
}

/** Returns the events per second, and keeps the CPU time of the server. */
async function run(rig: Rig, { subject, publisher, costs }: Side): Promise<number> {
  const { sink, amounts } = rig;
  const before = subject.server.cpuMs();
  const durationMs = amounts.roundMs;
  const driven = await driveClosed({ publisher, sink, durationMs, outstanding: OUTSTANDING });
  costs.push((subject.server.cpuMs() - before) / (driven.receipts / 1000));
  return driven.perSecond;
}
