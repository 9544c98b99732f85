/** The limits of an app with their use. An operator gives the app its own number. */
import { useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import type { Answer } from "../../api/call.ts";
import { useChange, useRead } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { toCount } from "../../parts/count.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { ReadState } from "../../parts/states.tsx";
import { useToast } from "../../parts/toast.tsx";
import { Table } from "../../parts/table.tsx";
import type { Column } from "../../parts/table.tsx";
import { toWholeList } from "../../parts/whole-list.ts";
import { appWords } from "../../words/apps.ts";
import { words } from "../../words.ts";
import styles from "./app-page.module.css";

type Limit = Answer<"GET /api/v1/app/{app}/limits">["limits"][number];

const { limits: texts } = appWords;
const COLUMNS: readonly Column<Limit>[] = [
  {
    head: texts.name,
    isWhole: true,
    cell: ({ name, description }) => (
      <span className={styles["limit"]}>
        <code>{name}</code>
        <span className={styles["hint"]}>{description}</span>
      </span>
    ),
  },
  {
    head: texts.used,
    align: "end",
    width: "fit",
    cell: ({ used }) => (used === null ? texts.notCounted : toCount(used)),
  },
  {
    head: texts.limit,
    align: "end",
    width: "fit",
    cell: ({ limit, unit, isOwn }) => `${toCount(limit)} ${unit}${isOwn ? ` (${texts.own})` : ""}`,
  },
];

function toChangeColumn(change: (limit: Limit) => void): Column<Limit> {
  return {
    head: "",
    width: "fit",
    cell: (limit) => (
      <Button aria-label={texts.changeOne(limit.name)} onClick={() => change(limit)}>
        {texts.change}
      </Button>
    ),
  };
}

export function AppLimits({ app }: { readonly app: string }) {
  const mayChange = useFace().session.role !== "viewer";
  const [changed, change] = useState<Limit | null>(null);
  const read = useRead("GET /api/v1/app/{app}/limits", { path: { app } });
  return (
    <ReadState read={read}>
      {({ limits }) => (
        <>
          <Table
            label={appWords.tabs.limits}
            columns={mayChange ? [...COLUMNS, toChangeColumn(change)] : COLUMNS}
            list={toWholeList(limits)}
            rowKey={({ name }) => name}
            empty={null}
          />
          {changed !== null && (
            <ChangeLimit app={app} limit={changed} onClose={() => change(null)} />
          )}
        </>
      )}
    </ReadState>
  );
}

function ChangeLimit(p: {
  readonly app: string;
  readonly limit: Limit;
  readonly onClose: () => void;
}) {
  const { name, description, limit, isOwn } = p.limit;
  const note = useToast();
  const [text, write] = useState(isOwn ? String(limit) : "");
  const save = useChange("PUT /api/v1/app/{app}/limits", ["GET /api/v1/app/{app}/limits"]);
  const run = (): void => {
    const value = text.trim() === "" ? null : Number(text);
    save.mutate(
      { path: { app: p.app }, body: { limits: { [name]: value } } },
      {
        onSuccess: () => {
          note({ title: texts.saved });
          p.onClose();
        },
      },
    );
  };
  const problem =
    save.error instanceof ApiError
      ? (save.error.fields[0]?.message ?? save.error.message)
      : save.error?.message;
  return (
    <Dialog
      isOpen
      title={texts.changeOne(name)}
      description={description}
      onClose={p.onClose}
      actions={
        <Button look="primary" onClick={run} disabled={save.isPending}>
          {words.save}
        </Button>
      }
    >
      <Field label={texts.value} hint={texts.hint} problem={problem}>
        {(ids) => (
          <input
            {...ids}
            inputMode="numeric"
            placeholder={String(limit)}
            value={text}
            onChange={({ target }) => write(target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}
