/** Facts that follow from an event: whether its payload fits its schema, and the events that it is related to. */
import type { ReactNode } from "react";
import { useRead } from "../../api/reads.ts";
import type { Answer } from "../../api/call.ts";
import { Facts } from "../../parts/facts.tsx";
import { PageLink } from "../../parts/page-link.tsx";
import { ReadState } from "../../parts/states.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { showControls } from "../../show-controls.ts";
import { useAppPaths } from "../../use-paths.ts";
import { eventWords } from "../../words/events.ts";
import styles from "./event-forms.module.css";

type Explanation = Answer<"GET /api/v1/app/{app}/msg/{msg}/explanation">;
type Path = { readonly app: string; readonly msg: string };
const { facts: names } = eventWords;

export function useExplanation(path: Path) {
  return useRead("GET /api/v1/app/{app}/msg/{msg}/explanation", { path });
}

/** The problems of the schema have parts of the payload. */
export function EventExplanation(p: {
  readonly path: Path;
  readonly revealed: Explanation | null;
}) {
  const { path, revealed } = p;
  const read = useExplanation(path);
  return (
    <ReadState read={read} skeletonRows={1}>
      {({ schema, derivedFrom, derived }) => (
        <Facts
          rows={[
            [names.schema, <Schema key="schema" schema={revealed?.schema ?? schema} />],
            ...toRelatives(names.derivedFrom, derivedFrom === null ? [] : [derivedFrom]),
            ...toRelatives(names.derived, derived),
          ]}
        />
      )}
    </ReadState>
  );
}

function Schema({ schema }: { readonly schema: Explanation["schema"] }) {
  const { state, version, problems } = schema;
  const sentence = eventWords.schema[state](version);
  if (state === "fits") return <StatusMark state="delivered">{sentence}</StatusMark>;
  if (state !== "problems") return sentence;
  return (
    <>
      <StatusMark state="retrying">{sentence}</StatusMark>
      <ul className={styles["problems"]}>
        {problems.map(({ path, message }) => (
          <li key={path}>{showControls(message)}</li>
        ))}
      </ul>
    </>
  );
}

/** No row without any. */
function toRelatives(
  name: string,
  relatives: Explanation["derived"],
): readonly (readonly [string, ReactNode])[] {
  if (relatives.length === 0) return [];
  return [[name, <Relatives key={name} relatives={relatives} />]];
}

function Relatives({ relatives }: { readonly relatives: Explanation["derived"] }) {
  const paths = useAppPaths();
  return relatives.map(({ id, eventType }, index) => (
    <span key={id}>
      {index > 0 && ", "}
      <PageLink target={paths.event(id)}>{eventType}</PageLink>
    </span>
  ));
}
