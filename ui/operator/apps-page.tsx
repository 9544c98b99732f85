/** All apps: make one, open its texts, and copy a link to its portal. */
import { useState } from "react";
import { useList } from "../api/reads.ts";
import type { Row } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { pathsOf } from "../paths.ts";
import { accessWords } from "../words/access.ts";
import { operatorWords } from "../words/operator.ts";
import { NewAppDialog } from "./new-app-dialog.tsx";
import { PortalLinkDialog } from "./portal-link-dialog.tsx";

type App = Row<"GET /api/v1/app">;

const { apps } = accessWords;

const COLUMNS: readonly Column<App>[] = [
  { head: apps.name, cell: ({ name }) => name },
  { head: apps.uid, cell: ({ uid }) => uid ?? "" },
  { head: "Id", cell: ({ id }) => <CopyableId id={id} /> },
  { head: apps.made, cell: ({ createdAt }) => <Time at={createdAt} />, width: "fit" },
];

function toPortalColumn(choose: (app: App) => void): Column<App> {
  return {
    head: apps.portal,
    cell: (app) => (
      <Button aria-label={apps.portalFor(app.name)} onClick={() => choose(app)}>
        {apps.portal}
      </Button>
    ),
    width: "fit",
  };
}

export function AppsPage() {
  const { role } = useFace().session;
  const [linked, setLinked] = useState<App | null>(null);
  const [isMaking, setMaking] = useState(false);
  const list = useList("GET /api/v1/app");
  const make = role !== "viewer" && (
    <Button look="primary" onClick={() => setMaking(true)}>
      {apps.make}
    </Button>
  );
  return (
    <>
      <PageHead title={operatorWords.pages.apps} actions={make} />
      <Table
        label={operatorWords.pages.apps}
        columns={role === "admin" ? [...COLUMNS, toPortalColumn(setLinked)] : COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        target={({ id }) => pathsOf(id).texts()}
        empty={
          <EmptyState title={apps.none} action={make}>
            {apps.noneHint}
          </EmptyState>
        }
      />
      {linked !== null && <PortalLinkDialog app={linked} onClose={() => setLinked(null)} />}
      {isMaking && <NewAppDialog onClose={() => setMaking(false)} />}
    </>
  );
}
