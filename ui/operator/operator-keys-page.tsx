/** Keys of the people who operate the server: made with a role and shown once, listed, deleted. */
import { useState } from "react";
import { useChange, useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { ConfirmButton } from "../parts/confirm-button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { useToast } from "../parts/toast.tsx";
import { operatorWords } from "../words/operator.ts";
import { NewOperatorKeyDialog } from "./new-operator-key-dialog.tsx";

type OperatorKey = Row<"GET /api/v1/operator-key">;

const { keys: texts } = operatorWords;

const COLUMNS: readonly Column<OperatorKey>[] = [
  { head: texts.name, cell: ({ name }) => <bdi>{name}</bdi>, isWhole: true },
  { head: texts.role, cell: ({ role }) => role, width: "fit" },
  { head: texts.id, cell: ({ id }) => <CopyableId id={id} /> },
  { head: texts.made, cell: ({ createdAt }) => <Time at={createdAt} />, width: "fit" },
  {
    head: texts.changes,
    width: "fit",
    cell: ({ id, name }) => (
      <PageLink
        target={{ to: "/audit", search: { actor_id: id } }}
        aria-label={texts.auditOf(name)}
      >
        {texts.audit}
      </PageLink>
    ),
  },
];
const REVOKE: Column<OperatorKey> = {
  head: "",
  width: "fit",
  cell: ({ id, name }) => <Revoke id={id} name={name} />,
};

export function OperatorKeysPage() {
  const isAdmin = useFace().session.role === "admin";
  const [isMaking, setMaking] = useState(false);
  const list = useList("GET /api/v1/operator-key");
  const make = isAdmin && (
    <Button look="primary" onClick={() => setMaking(true)}>
      {texts.make}
    </Button>
  );
  return (
    <>
      <PageHead title={operatorWords.pages.operatorKeys} actions={make} />
      {!list.query.isPending && list.query.error === null && (
        <AnswerLine>{texts.answer(list.rows.length)}</AnswerLine>
      )}
      <Table
        label={operatorWords.pages.operatorKeys}
        columns={isAdmin ? [...COLUMNS, REVOKE] : COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title={texts.none} action={make}>
            {texts.noneHint}
          </EmptyState>
        }
      />
      {isMaking && <NewOperatorKeyDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function Revoke({ id, name }: { readonly id: string; readonly name: string }) {
  const note = useToast();
  const revoke = useChange("DELETE /api/v1/operator-key/{key}", ["GET /api/v1/operator-key"]);
  return (
    <ConfirmButton
      label={texts.revoke}
      title={texts.revokeOne(name)}
      hint={texts.revokeHint}
      isBusy={revoke.isPending}
      run={() =>
        revoke.mutate(
          { path: { key: id } },
          {
            onSuccess: () => note({ title: texts.revoked }),
            onError: ({ message }) => note({ title: message, isProblem: true }),
          },
        )
      }
    />
  );
}
