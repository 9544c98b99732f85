/** One event: its payload byte for byte, its deliveries, and every attempt with its answer. */
import { useState } from "react";
import { sliceMember } from "../../src/core/json/json-slice.ts";
import type { Answer } from "../api/call.ts";
import { useChange, useList, useRead, useText } from "../api/reads.ts";
import type { List, Row } from "../api/reads.ts";
import { useReveal } from "../api/reveal.ts";
import type { Reveal } from "../api/reveal.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Facts } from "../parts/facts.tsx";
import { JsonView } from "../parts/json-view.tsx";
import { Names } from "../parts/names.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { RevealStrip } from "../parts/reveal-strip.tsx";
import { EmptyState, ErrorStrip, ReadState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Time } from "../parts/time.tsx";
import { useToast } from "../parts/toast.tsx";
import { useParams } from "@tanstack/react-router";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { eventWords } from "../words/events.ts";
import { EventApis } from "./events/event-apis.tsx";
import { EventAttempts } from "./events/event-attempts.tsx";
import { EventExplanation } from "./events/event-explanation.tsx";
import { EventForms } from "./events/event-forms.tsx";
import { SendEventAgain } from "./events/send-event-again.tsx";
import { toState } from "./events/to-state.ts";
import { useSendAgain } from "./text/send-again.tsx";

type Event = Answer<"GET /api/v1/app/{app}/msg/{msg}">;
type RevealMessage = "POST /api/v1/app/{app}/msg/{msg}/reveal";
type Delivery = Row<"GET /api/v1/app/{app}/msg/{msg}/endpoint">;

export function EventPage() {
  const app = useAppId();
  const paths = useAppPaths();
  const { event: msg = "" }: { readonly event?: string } = useParams({ strict: false });
  const path = { app, msg };
  const read = useRead("GET /api/v1/app/{app}/msg/{msg}", { path });
  const reveal = useReveal("POST /api/v1/app/{app}/msg/{msg}/reveal", { path });
  const explained = useReveal("POST /api/v1/app/{app}/msg/{msg}/explanation/reveal", { path });
  const deliveries = useList("GET /api/v1/app/{app}/msg/{msg}/endpoint", { path });
  const { can } = useFace();
  const sendAgain = useSendAgain();
  const above = [{ label: eventWords.title, target: paths.events() }];
  return (
    <>
      <PageHead
        title={read.data?.eventType ?? msg}
        above={above}
        actions={
          <>
            <SendEventAgain event={msg} deliveries={deliveries.rows} />
            <BlankContent event={msg} />
          </>
        }
      >
        <CopyableId id={msg} />
      </PageHead>
      <ReadState read={read}>
        {(event) => (
          <>
            <Summary event={event} list={deliveries} />
            <EventFacts event={reveal.answer ?? event} />
            <EventExplanation path={path} revealed={explained.answer} />
            <Tabs
              label={event.eventType}
              tabs={[
                {
                  id: "payload",
                  label: eventWords.payload,
                  content: <Payload path={path} reveal={reveal} />,
                },
                {
                  id: "deliveries",
                  label: eventWords.deliveries,
                  content: (
                    <Table
                      label={eventWords.deliveries}
                      columns={DELIVERIES}
                      list={deliveries}
                      rowKey={({ id }) => id}
                      target={({ id }) => paths.endpoint(id)}
                      onSendAgain={
                        can("CreateAttempts")
                          ? ({ id: endpoint }) => void sendAgain([{ event: msg, endpoint }])
                          : undefined
                      }
                      empty={<EmptyState title={event.undelivered ?? eventWords.noDelivery} />}
                    />
                  ),
                },
                {
                  id: "forms",
                  label: eventWords.forms,
                  content: (
                    <EventForms
                      event={msg}
                      deliveries={deliveries}
                      noDelivery={event.undelivered ?? eventWords.noDelivery}
                    />
                  ),
                },
                {
                  id: "apis",
                  label: eventWords.apis,
                  content: <EventApis path={path} reveal={explained} />,
                },
                {
                  id: "attempts",
                  label: eventWords.attempts,
                  content: <EventAttempts path={path} />,
                },
              ]}
            />
          </>
        )}
      </ReadState>
    </>
  );
}

function Summary({ event, list }: { readonly event: Event; readonly list: List<Delivery> }) {
  const { rows: deliveries, query } = list;
  if (query.isPending) return null;
  if (query.error !== null && query.dataUpdatedAt === 0) {
    return <ErrorStrip error={query.error} onRetry={() => void query.refetch()} dataAt={0} />;
  }
  if (deliveries.length === 0) {
    return <AnswerLine>{event.undelivered ?? eventWords.noDelivery}</AnswerLine>;
  }
  const failed = deliveries.filter(({ statusText }) => statusText === "fail").length;
  const waiting = deliveries.filter(({ statusText }) =>
    ["pending", "sending"].includes(statusText),
  ).length;
  if (failed + waiting === 0) {
    return <AnswerLine tone="ok">{eventWords.delivered(deliveries.length)}</AnswerLine>;
  }
  const tone = failed > 0 ? "failed" : "wait";
  const said = [
    ...(failed === 0 ? [] : [eventWords.failed(failed)]),
    ...(waiting === 0 ? [] : [eventWords.waiting(waiting)]),
  ];
  return <AnswerLine tone={tone}>{said.join(" ")}</AnswerLine>;
}

const { facts: names } = eventWords;

function EventFacts({ event }: { readonly event: Event }) {
  const paths = useAppPaths();
  const { eventId, tags, channels, orderingKey, deliverAt } = event;
  return (
    <Facts
      rows={[
        [names.at, <Time key="at" at={event.timestamp} isExact />],
        ...(eventId === null
          ? []
          : [[names.eventId, <CopyableId key="id" id={eventId} />] as const]),
        ...(tags === null ? [] : [[names.tags, <Names key="tags" names={tags} />] as const]),
        ...(channels === null
          ? []
          : [[names.channels, <Names key="channels" names={channels} />] as const]),
        ...(orderingKey === undefined ? [] : [[names.key, orderingKey] as const]),
        ...(deliverAt === null ? [] : [[names.due, <Time key="due" at={deliverAt} />] as const]),
        ...(/^(?:message|optout)\./.test(event.eventType)
          ? [
              [
                names.text,
                <PageLink key="text" target={paths.text(event.id)}>
                  {eventWords.openText}
                </PageLink>,
              ] as const,
            ]
          : []),
      ]}
    />
  );
}

type Path = { readonly app: string; readonly msg: string };

/** Cut out of the answer as it was sent: a parsed payload would lose its blanks. */
function Payload({
  path,
  reveal,
}: {
  readonly path: Path;
  readonly reveal: Reveal<RevealMessage>;
}) {
  const { session } = useFace();
  const read = useText("GET /api/v1/app/{app}/msg/{msg}", { path });
  return (
    <ReadState read={read}>
      {(text) => {
        const stored = sliceMember(text, "payload") ?? "";
        if (stored === '{"expired":true}') return <EmptyState title={eventWords.expired} />;
        const payload = reveal.text === null ? stored : (sliceMember(reveal.text, "payload") ?? "");
        const isHidden = payload === '{"hidden":true}';
        if (isHidden && session.role === "viewer") return <EmptyState title={eventWords.hidden} />;
        return (
          <>
            <RevealStrip reveal={reveal} />
            {!isHidden && (
              <JsonView text={payload} label={eventWords.payload} fileName={`${path.msg}.json`} />
            )}
          </>
        );
      }}
    </ReadState>
  );
}

function BlankContent({ event: msg }: { readonly event: string }) {
  const app = useAppId();
  const { kind, session } = useFace();
  const [isAsking, ask] = useState(false);
  const toast = useToast();
  const change = useChange("DELETE /api/v1/app/{app}/msg/{msg}/content", [
    "GET /api/v1/app/{app}/msg/{msg}",
    "GET /api/v1/app/{app}/msg/{msg}/endpoint",
  ]);
  if (kind === "tenant" || session.role === "viewer") return null;
  const blank = (): void => {
    ask(false);
    change.mutate(
      { path: { app, msg } },
      {
        onSuccess: () => toast({ title: eventWords.blanked }),
        onError: ({ message: detail }) =>
          toast({ title: eventWords.notBlanked, detail, isProblem: true }),
      },
    );
  };
  return (
    <>
      <Button look="danger" onClick={() => ask(true)}>
        {eventWords.blank}
      </Button>
      <Dialog
        title={eventWords.blankTitle}
        description={eventWords.blankHint}
        isOpen={isAsking}
        onClose={() => ask(false)}
        actions={
          <Button look="danger" onClick={blank}>
            {eventWords.blank}
          </Button>
        }
      />
    </>
  );
}

const { columns: heads } = eventWords;
const DELIVERIES: readonly Column<Delivery>[] = [
  { head: heads.endpoint, cell: ({ description, url }) => description || url },
  {
    head: heads.status,
    width: "fit",
    cell: ({ statusText }) => <StatusMark state={toState(statusText)} />,
  },
  {
    head: heads.time,
    width: "fit",
    cell: ({ nextAttempt }) => nextAttempt !== null && <Time at={nextAttempt} />,
  },
];
