/** One text: why each endpoint has it or not, its events in their order, and the attempts of each. */
import { useParams } from "@tanstack/react-router";
import { toMark } from "../../src/core/verdict.ts";
import type { Mark } from "../../src/core/verdict.ts";
import { ApiError } from "../api/api-error.ts";
import { useReveal } from "../api/reveal.ts";
import { Button, buttonClass } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import type { AnswerTone } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { Split } from "../parts/panel.tsx";
import { PersonText, PhoneNumber } from "../parts/private-values.tsx";
import { RevealStrip } from "../parts/reveal-strip.tsx";
import { PartialStrip, ReadState } from "../parts/states.tsx";
import { useCopy } from "../parts/use-copy.ts";
import { useSearchState } from "../parts/use-search.ts";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { words } from "../words.ts";
import { searchWords } from "../words/search.ts";
import { textWords } from "../words/texts.ts";
import { DeliveryPanel } from "./text/delivery-panel.tsx";
import { labelOf } from "./text/endpoint-label.ts";
import type { Cell, EventOfText, Story } from "./text/endpoint-label.ts";
import { SendAgain } from "./text/send-again.tsx";
import { TextGrid } from "./text/text-grid.tsx";
import styles from "./text/text.module.css";
import { useSentence } from "./text/use-sentence.ts";
import { useStory } from "./text/use-story.ts";

const TONES: Readonly<Record<Mark, AnswerTone>> = {
  delivered: "ok",
  waiting: "wait",
  retrying: "retry",
  parked: "parked",
  failed: "failed",
  not_due: "plain",
};

export function TextPage() {
  const app = useAppId();
  const paths = useAppPaths();
  const { text = "" }: { readonly text?: string } = useParams({ strict: false });
  const read = useStory({ app, text });
  const { isFetchingNextPage: isBusy, fetchNextPage } = read;
  const { copy, isCopied } = useCopy();
  return (
    <>
      <PageHead
        title={text}
        above={[{ label: textWords.title, target: paths.texts() }]}
        actions={
          <>
            {read.data !== undefined && <SendAgain story={read.data} />}
            <Button onClick={() => copy(window.location.href)}>
              {isCopied ? words.copied : words.copyLink}
            </Button>
          </>
        }
      />
      <ReadState read={read}>
        {(story) => <StoryView story={story} isBusy={isBusy} onGoOn={() => void fetchNextPage()} />}
      </ReadState>
      {isNotFound(read.error) && (
        <PageLink target={{ to: "/search", search: { q: text } }} className={buttonClass()}>
          {searchWords.searchFor(text)}
        </PageLink>
      )}
    </>
  );
}

/** An id that only the content of events has is not found far back; the search can go on. */
function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

function StoryView(p: {
  readonly story: Story;
  readonly isBusy: boolean;
  readonly onGoOn: () => void;
}) {
  const { story: given } = p;
  const path = { app: useAppId(), text: given.text.eventId };
  const reveal = useReveal("POST /api/v1/app/{app}/text/{text}/reveal", { path });
  const { from, to, text } = reveal.answer?.text ?? given.text;
  const story = { ...given, text: { ...given.text, from, to, text } };
  const { search, setSearch } = useSearchState();
  const chosen = findCell(story, search["cell"] ?? "");
  return (
    <>
      <Ids text={story.text} />
      <Head story={story} />
      {!story.text.expunged && <RevealStrip reveal={reveal} />}
      <Split
        panel={
          chosen === null ? null : (
            <DeliveryPanel
              {...chosen}
              endpoint={story.endpoints.find(({ id }) => id === chosen.cell.endpointId)}
              onClose={() => setSearch({ cell: undefined, attempt: undefined, tab: undefined })}
            />
          )
        }
      >
        <TextGrid story={story} />
        {story.hasMoreEndpoints && <p className={styles["note"]}>{textWords.moreEndpoints}</p>}
        {story.hasMoreAttempts && <p className={styles["note"]}>{textWords.moreAttempts}</p>}
        {story.searchedTo !== null && (
          <PartialStrip
            searchedTo={story.searchedTo}
            toSentence={textWords.eventsTo}
            label={textWords.laterEvents}
            isBusy={p.isBusy}
            onGoOn={p.onGoOn}
          />
        )}
      </Split>
    </>
  );
}

function Ids({ text }: Pick<Story, "text">) {
  const { ids } = textWords;
  const rows = [
    [ids.messageId, text.messageId],
    [ids.zipwhip, text.id],
    [ids.sendblue, text.handle],
    [ids.chirp, text.ksuid],
  ] as const;
  return (
    <p className={styles["ids"]}>
      {rows.map(([name, id]) => (
        <span key={name}>
          {name} <CopyableId id={id} />
        </span>
      ))}
    </p>
  );
}

/** The text itself, and the sentence about the cell that needs most attention. */
function Head({ story }: { readonly story: Story }) {
  const { text, worst, endpoints } = story;
  const toSentence = useSentence();
  const mark = worst === null ? "not_due" : toMark(worst.verdict);
  const endpoint = endpoints.find(({ id }) => id === worst?.endpointId);
  const sentence = () => {
    if (worst === null) return textWords.noEndpoint;
    if (mark === "delivered") return textWords.delivered;
    if (mark === "not_due") return textWords.undelivered(toSentence(worst.verdict));
    return `${labelOf(endpoint)}: ${toSentence(worst.verdict)}`;
  };
  return (
    <AnswerLine tone={TONES[mark]}>
      <p className={styles["said"]}>
        {textWords.directions[text.direction]} {text.channel} <PhoneNumber value={text.from} /> →{" "}
        <PhoneNumber value={text.to} />{" "}
        {text.expunged ? (
          <i>{textWords.expunged}</i>
        ) : (
          <q>
            <PersonText value={text.text} />
          </q>
        )}{" "}
        {text.status !== null && <b>{text.status.replaceAll("_", " ")}</b>}
      </p>
      <p>{sentence()}</p>
    </AnswerLine>
  );
}

function findCell(
  story: Story,
  name: string,
): { readonly event: EventOfText; readonly cell: Cell } | null {
  for (const event of story.events) {
    for (const cell of event.cells) {
      if (name === `${event.id}.${cell.endpointId}.${cell.part}`) return { event, cell };
    }
  }
  return null;
}
