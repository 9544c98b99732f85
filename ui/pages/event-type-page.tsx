/** One event type: its description, an example, its schema, and its names in the other APIs. */
import { useParams } from "@tanstack/react-router";
import { CATALOGUE } from "../../src/core/events/catalogue.ts";
import { possibleNames } from "../../src/core/events/possible-events.ts";
import type { Answer } from "../api/call.ts";
import { useRead } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Facts } from "../parts/facts.tsx";
import { JsonView } from "../parts/json-view.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { EmptyState, ReadState } from "../parts/states.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Time } from "../parts/time.tsx";
import { eventTypeWords } from "../words/event-types.ts";
import { useEventTypePaths } from "./event-types/use-event-type-paths.ts";

type EventType = Answer<"GET /api/v1/event-type/{name}">;

const OTHER_APIS = ["zipwhip", "sendblue", "chirp"] as const;

export function EventTypePage() {
  const paths = useEventTypePaths();
  const { type: name = "" }: { readonly type?: string } = useParams({ strict: false });
  const read = useRead("GET /api/v1/event-type/{name}", { path: { name } });
  return (
    <>
      <PageHead title={name} above={[{ label: paths.title, target: paths.list }]} />
      <ReadState read={read}>
        {(type) => (
          <>
            {type.description !== "" && <AnswerLine>{type.description}</AnswerLine>}
            <TypeFacts type={type} />
            <Tabs
              label={name}
              tabs={[
                { id: "example", label: eventTypeWords.example, content: <Example name={name} /> },
                { id: "schema", label: eventTypeWords.schema, content: <Schema type={type} /> },
              ]}
            />
          </>
        )}
      </ReadState>
    </>
  );
}

const { facts: names } = eventTypeWords;

function TypeFacts({ type }: { readonly type: EventType }) {
  const { session } = useFace();
  const served = OTHER_APIS.filter((api) => session.server.apis.includes(api));
  return (
    <Facts
      rows={[
        [names.state, eventTypeWords.states[toState(type)]],
        ...(type.groupName === null ? [] : [[names.group, type.groupName] as const]),
        ...(type.featureFlags === null
          ? []
          : [[names.flags, type.featureFlags.join(", ")] as const]),
        [names.created, <Time key="created" at={type.createdAt} />],
        [names.changed, <Time key="changed" at={type.updatedAt} />],
        ...served.map((api) => [eventTypeWords.apis[api], namesIn(api, type.name)] as const),
      ]}
    />
  );
}

function toState({ archived, deprecated }: EventType): keyof typeof eventTypeWords.states {
  if (archived) return "archived";
  return deprecated ? "deprecated" : "current";
}

function namesIn(api: (typeof OTHER_APIS)[number], type: string): string {
  const found = possibleNames(api, type);
  return found.length === 0 ? eventTypeWords.noName : found.join(", ");
}

const EXAMPLES = new Map<string, unknown>(
  Object.values(CATALOGUE).map(({ type, example }) => [type, example]),
);

function Example({ name }: { readonly name: string }) {
  const example = EXAMPLES.get(name);
  if (example === undefined) return <EmptyState title={eventTypeWords.noExample} />;
  const text = JSON.stringify(example, null, 2);
  return <JsonView text={text} label={eventTypeWords.example} fileName={`${name}.json`} />;
}

/** The newest version: names of versions are their numbers. */
function Schema({ type }: { readonly type: EventType }) {
  const versions = Object.entries(type.schemas ?? {});
  const newest = versions.toSorted(([a], [b]) => Number(b) - Number(a))[0]?.[1];
  if (newest === undefined) return <EmptyState title={eventTypeWords.noSchema} />;
  const text = JSON.stringify(newest, null, 2);
  return (
    <JsonView text={text} label={eventTypeWords.schema} fileName={`${type.name}.schema.json`} />
  );
}
