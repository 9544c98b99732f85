/** One attempt beside the list that it is in. */
import { PageLink } from "../../parts/page-link.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useSearchState } from "../../parts/use-search.ts";
import type { Target } from "../../paths.ts";
import { attemptWords } from "../../words/attempts.ts";
import { AttemptAnswer } from "./attempt-answer.tsx";
import type { Attempt } from "./attempt-types.ts";
import { RequestView } from "./request-view.tsx";

/** The address has the attempt as `attempt`, and the part of it as `show`. */
export function AttemptPanel(p: {
  readonly attempt: Attempt;
  readonly link: { readonly label: string; readonly target: Target };
}) {
  const { attempt, link } = p;
  const { setSearch } = useSearchState();
  return (
    <Panel
      title={attemptWords.title}
      onClose={() => setSearch({ attempt: undefined, show: undefined })}
    >
      <Tabs
        label={attemptWords.parts}
        param="show"
        tabs={[
          {
            id: "answer",
            label: attemptWords.answer,
            content: <AttemptAnswer attempt={attempt} />,
          },
          {
            id: "request",
            label: attemptWords.request,
            content: <RequestView event={attempt.msgId} endpoint={attempt.endpointId} />,
          },
        ]}
      />
      <p>
        <PageLink target={link.target}>{link.label}</PageLink>
      </p>
    </Panel>
  );
}
