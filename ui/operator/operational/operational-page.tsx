/** Endpoints of the operator, which get the events about all other endpoints and their deliveries. */
import { useState } from "react";
import { useChange, useList, useRead } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { AnswerLine, PageHead } from "../../parts/page-head.tsx";
import { ShownOnce } from "../../parts/shown-once.tsx";
import { EmptyState, ReadState } from "../../parts/states.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { Table } from "../../parts/table.tsx";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useToast } from "../../parts/toast.tsx";
import { operationalWords as texts } from "../../words/operational.ts";
import { operatorWords } from "../../words/operator.ts";
import { OperationalForm } from "./operational-form.tsx";
import type { OperationalEndpoint } from "./operational-types.ts";
import styles from "./operational.module.css";

const { columns: heads } = texts;
const COLUMNS: readonly Column<OperationalEndpoint>[] = [
  {
    head: heads.url,
    isWhole: true,
    cell: ({ url, description }) => (
      <span className={styles["endpoint"]}>
        <code>{url}</code>
        {description !== "" && <bdi className={styles["hint"]}>{description}</bdi>}
      </span>
    ),
  },
  {
    head: heads.events,
    cell: ({ eventTypes }) => (
      <span className={styles["types"]}>{eventTypes?.join(", ") ?? texts.all}</span>
    ),
  },
  {
    head: heads.state,
    width: "fit",
    cell: ({ disabled }) => (
      <StatusMark state={disabled ? "parked" : "delivered"}>
        {disabled ? texts.disabled : texts.enabled}
      </StatusMark>
    ),
  },
  { head: heads.made, width: "fit", cell: ({ createdAt }) => <Time at={createdAt} /> },
];

export function OperationalPage() {
  const { role } = useFace().session;
  const [edited, edit] = useState<OperationalEndpoint | "new" | null>(null);
  const [secretOf, showSecret] = useState<OperationalEndpoint | null>(null);
  const list = useList("GET /api/v1/operational-webhook/endpoint");
  const mayChange = role !== "viewer";
  const add = mayChange && (
    <Button look="primary" onClick={() => edit("new")}>
      {texts.add}
    </Button>
  );
  const actions = toActions({ edit, showSecret: role === "admin" ? showSecret : null });
  return (
    <>
      <PageHead title={operatorWords.pages.operationalWebhooks} actions={add} />
      <AnswerLine>{texts.answer}</AnswerLine>
      <Table
        label={operatorWords.pages.operationalWebhooks}
        columns={mayChange ? [...COLUMNS, actions] : COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title={texts.none} action={add}>
            {texts.noneHint}
          </EmptyState>
        }
      />
      {edited !== null && (
        <OperationalForm endpoint={edited === "new" ? null : edited} onClose={() => edit(null)} />
      )}
      {secretOf !== null && <Secret endpoint={secretOf} onClose={() => showSecret(null)} />}
    </>
  );
}

function toActions(p: {
  readonly edit: (endpoint: OperationalEndpoint) => void;
  readonly showSecret: ((endpoint: OperationalEndpoint) => void) | null;
}): Column<OperationalEndpoint> {
  const { edit, showSecret } = p;
  return {
    head: "",
    width: "fit",
    cell: (endpoint) => (
      <span className={styles["actions"]}>
        {showSecret !== null && (
          <Button aria-label={texts.secretOf(endpoint.url)} onClick={() => showSecret(endpoint)}>
            {texts.secret}
          </Button>
        )}
        <Button aria-label={texts.editOne(endpoint.url)} onClick={() => edit(endpoint)}>
          {texts.edit}
        </Button>
        <Remove endpoint={endpoint} />
      </span>
    ),
  };
}

function Remove({ endpoint: { id, url } }: { readonly endpoint: OperationalEndpoint }) {
  const note = useToast();
  const remove = useChange("DELETE /api/v1/operational-webhook/endpoint/{endpoint}", [
    "GET /api/v1/operational-webhook/endpoint",
  ]);
  return (
    <ConfirmButton
      label={texts.remove}
      title={texts.removeOne(url)}
      hint={texts.removeHint}
      isBusy={remove.isPending}
      run={() =>
        remove.mutate(
          { path: { endpoint: id } },
          {
            onSuccess: () => note({ title: texts.removed }),
            onError: ({ message }) => note({ title: message, isProblem: true }),
          },
        )
      }
    />
  );
}

function Secret(p: { readonly endpoint: OperationalEndpoint; readonly onClose: () => void }) {
  const { id, url } = p.endpoint;
  const read = useRead("GET /api/v1/operational-webhook/endpoint/{endpoint}/secret", {
    path: { endpoint: id },
  });
  return (
    <Dialog
      isOpen
      isWide
      title={texts.secretOf(url)}
      description={texts.secretHint}
      onClose={p.onClose}
    >
      <ReadState read={read} skeletonRows={1}>
        {({ key }) => <ShownOnce label={texts.secret} value={key} />}
      </ReadState>
    </Dialog>
  );
}
