/** The keys of an app: made by an admin, shown once, listed without their secrets, revoked. */
import { useState } from "react";
import type { Answer } from "../../api/call.ts";
import { useChange, useList } from "../../api/reads.ts";
import type { Row } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { CopyableId } from "../../parts/copyable-id.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { ShownOnce } from "../../parts/shown-once.tsx";
import { EmptyState, ErrorStrip } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useToast } from "../../parts/toast.tsx";
import { appWords } from "../../words/apps.ts";
import styles from "./app-page.module.css";

type Key = Row<"GET /api/v1/app/{app}/key">;
type NewKey = Answer<"POST /api/v1/app/{app}/key">;
type Kind = Key["kind"];

const { keys: texts } = appWords;
const KINDS = ["publish", "manage", "app", "sendblue"] as const satisfies readonly Kind[];
const READS = ["GET /api/v1/app/{app}/key"] as const;

const COLUMNS: readonly Column<Key>[] = [
  { head: texts.kind, cell: ({ kind }) => texts.kinds[kind], isWhole: true },
  { head: texts.id, width: "26%", cell: ({ id }) => <CopyableId id={id} /> },
  {
    head: texts.keyId,
    width: "30%",
    cell: ({ keyId }) => (keyId === undefined ? "" : <CopyableId id={keyId} />),
  },
  { head: texts.scopes, cell: ({ scopes }) => scopes.join(", "), width: "fit" },
  { head: texts.made, cell: ({ createdAt }) => <Time at={createdAt} />, width: "fit" },
];

function toRevokeColumn(app: string): Column<Key> {
  return { head: "", width: "fit", cell: ({ id }) => <Revoke app={app} id={id} /> };
}

export function AppKeys({ app }: { readonly app: string }) {
  const isAdmin = useFace().session.role === "admin";
  const [isMaking, setMaking] = useState(false);
  const list = useList("GET /api/v1/app/{app}/key", { path: { app } });
  const make = isAdmin && (
    <Button look="primary" onClick={() => setMaking(true)}>
      {texts.make}
    </Button>
  );
  return (
    <>
      {list.rows.length > 0 && make && <div className={styles["bar"]}>{make}</div>}
      <Table
        label={appWords.tabs.keys}
        columns={isAdmin ? [...COLUMNS, toRevokeColumn(app)] : COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title={texts.none} action={make}>
            {texts.noneHint}
          </EmptyState>
        }
      />
      {isMaking && <MakeKey app={app} onClose={() => setMaking(false)} />}
    </>
  );
}

function Revoke({ app, id }: { readonly app: string; readonly id: string }) {
  const note = useToast();
  const revoke = useChange("DELETE /api/v1/app/{app}/key/{key}", READS);
  return (
    <ConfirmButton
      label={texts.revoke}
      title={texts.revokeOne(id)}
      hint={texts.revokeHint}
      isBusy={revoke.isPending}
      run={() =>
        revoke.mutate(
          { path: { app, key: id } },
          {
            onSuccess: () => note({ title: texts.revoked }),
            onError: ({ message }) => note({ title: message, isProblem: true }),
          },
        )
      }
    />
  );
}

function MakeKey({ app, onClose }: { readonly app: string; readonly onClose: () => void }) {
  const [kind, setKind] = useState<Kind>("publish");
  const make = useChange("POST /api/v1/app/{app}/key", READS);
  const run = (): void => make.mutate({ path: { app }, body: { kind } });
  if (make.data !== undefined) return <MadeKey made={make.data} onClose={onClose} />;
  return (
    <Dialog
      isOpen
      title={texts.make}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={run} disabled={make.isPending}>
          {texts.make}
        </Button>
      }
    >
      {make.error !== null && <ErrorStrip error={make.error} dataAt={0} onRetry={run} />}
      <Field label={texts.kind}>
        {(ids) => (
          <select
            {...ids}
            value={kind}
            onChange={({ target }) => setKind(KINDS.find((one) => one === target.value) ?? kind)}
          >
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {texts.kinds[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Dialog>
  );
}

function MadeKey({ made, onClose }: { readonly made: NewKey; readonly onClose: () => void }) {
  return (
    <Dialog
      isOpen
      isWide
      title={texts.kinds[made.kind]}
      description={appWords.once}
      onClose={onClose}
    >
      <div className={styles["secret"]}>
        {made.keyId !== undefined && <ShownOnce label={texts.keyId} value={made.keyId} />}
        {made.key !== undefined && <ShownOnce label={texts.secret} value={made.key} />}
        {made.keySecret !== undefined && (
          <ShownOnce label={texts.keySecret} value={made.keySecret} />
        )}
      </div>
      <Button look="primary" onClick={onClose}>
        {appWords.done}
      </Button>
    </Dialog>
  );
}
