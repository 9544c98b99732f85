/** The registered lines of an app, which the Zipwhip API needs. */
import { useState } from "react";
import { useChange, useList } from "../../api/reads.ts";
import type { Row } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { PhoneNumber } from "../../parts/private-values.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import type { Column } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { useToast } from "../../parts/toast.tsx";
import { appWords } from "../../words/apps.ts";
import styles from "./app-page.module.css";
import { RegisterLine } from "./register-line.tsx";

type Line = Row<"GET /api/v1/app/{app}/line">;

const { lines: texts } = appWords;

const COLUMNS: readonly Column<Line>[] = [
  { head: texts.number, cell: ({ number }) => <PhoneNumber value={number} /> },
  { head: texts.name, cell: ({ name }) => <bdi>{name ?? ""}</bdi> },
  { head: texts.username, cell: ({ username }) => <PhoneNumber value={username} /> },
  { head: texts.device, cell: ({ deviceId }) => String(deviceId), align: "end", width: "fit" },
  { head: texts.generation, cell: ({ payloadGeneration }) => payloadGeneration, width: "fit" },
  { head: texts.made, cell: ({ createdAt }) => <Time at={createdAt} />, width: "fit" },
];

function toRemoveColumn(app: string): Column<Line> {
  return { head: "", width: "fit", cell: (line) => <Remove app={app} line={line} /> };
}

export function AppLines({ app }: { readonly app: string }) {
  const mayChange = useFace().session.role !== "viewer";
  const [isMaking, setMaking] = useState(false);
  const list = useList("GET /api/v1/app/{app}/line", { path: { app } });
  const make = mayChange && (
    <Button look="primary" onClick={() => setMaking(true)}>
      {texts.make}
    </Button>
  );
  return (
    <>
      {list.rows.length > 0 && make && <div className={styles["bar"]}>{make}</div>}
      <Table
        label={appWords.tabs.lines}
        columns={mayChange ? [...COLUMNS, toRemoveColumn(app)] : COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title={texts.none} action={make}>
            {texts.noneHint}
          </EmptyState>
        }
      />
      {isMaking && <RegisterLine app={app} onClose={() => setMaking(false)} />}
    </>
  );
}

function Remove({ app, line }: { readonly app: string; readonly line: Line }) {
  const note = useToast();
  const remove = useChange("DELETE /api/v1/app/{app}/line/{line}", ["GET /api/v1/app/{app}/line"]);
  return (
    <ConfirmButton
      label={texts.remove}
      title={texts.removeOne(line.name ?? line.id)}
      hint={texts.removeHint}
      isBusy={remove.isPending}
      run={() =>
        remove.mutate(
          { path: { app, line: line.id } },
          {
            onSuccess: () => note({ title: texts.removed }),
            onError: ({ message }) => note({ title: message, isProblem: true }),
          },
        )
      }
    />
  );
}
