/** The latest refused publishes of the node that answers. */
import { useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { CopyableId } from "../parts/copyable-id.tsx";
import { AppLink } from "../parts/named-links.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { showControls } from "../show-controls.ts";
import { accessWords } from "../words/access.ts";
import { operatorWords } from "../words/operator.ts";

type Refusal = Row<"GET /api/v1/refused">;

const { audit, refused } = accessWords;
const COLUMNS: readonly Column<Refusal>[] = [
  { head: audit.time, cell: ({ at }) => <Time at={at} />, width: "fit" },
  {
    head: audit.app,
    // A publish to an unknown app has only the name that its path had.
    cell: ({ app, appId, appName }) =>
      appId === null ? showControls(app ?? "") : <AppLink id={appId} name={appName} />,
  },
  { head: refused.key, cell: ({ keyId }) => <CopyableId id={keyId} /> },
  { head: refused.reason, cell: ({ code }) => <code>{code}</code> },
  { head: refused.field, cell: ({ refusedField }) => refusedField ?? "" },
  { head: audit.verb, cell: ({ verb }) => <code>{verb}</code>, width: "fit" },
];

export function RefusedPage() {
  const list = useList("GET /api/v1/refused");
  return (
    <>
      <PageHead title={operatorWords.pages.refused} />
      {list.rows.length > 0 && <AnswerLine>{refused.answer(list.rows.length)}</AnswerLine>}
      <Table
        label={operatorWords.pages.refused}
        columns={COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={<EmptyState title={refused.none}>{refused.noneHint}</EmptyState>}
      />
    </>
  );
}
