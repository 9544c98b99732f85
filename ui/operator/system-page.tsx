/** The server as a whole: whether it passes its checks, its nodes, its store, its keys and its settings. */
import { useRead } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { toCount } from "../parts/count.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { Facts } from "../parts/facts.tsx";
import { AnswerLine, PageHead } from "../parts/page-head.tsx";
import { ReadState } from "../parts/states.tsx";
import { StatusMark } from "../parts/status-mark.tsx";
import { Table } from "../parts/table.tsx";
import type { Column } from "../parts/table.tsx";
import { toSpan } from "../parts/time-format.ts";
import { Time } from "../parts/time.tsx";
import { toWholeList } from "../parts/whole-list.ts";
import { operatorWords } from "../words/operator.ts";
import { EncryptionKey } from "./system/encryption-key.tsx";
import { SignOthersOut } from "./system/sign-others-out.tsx";
import { SettingsTable } from "./system/settings-table.tsx";
import type { System } from "./system/system-types.ts";
import { toSize } from "./system/to-size.ts";
import styles from "./system-page.module.css";

type Check = System["checks"][number];
type Node = System["nodes"][number];

const REFETCH_MS = 15_000;
const { system: texts } = operatorWords;
const MARKS = { ok: "delivered", warning: "retrying", failed: "failed" } as const;

const CHECKS: readonly Column<Check>[] = [
  {
    head: texts.check,
    width: "fit",
    cell: ({ name }) => texts.names[name as keyof typeof texts.names] ?? name,
  },
  {
    head: texts.detail,
    isWhole: true,
    cell: ({ state, detail }) => (
      <span className={styles["detail"]}>
        <StatusMark state={MARKS[state]}>{texts.states[state]}</StatusMark> {detail}
      </span>
    ),
  },
];

const NODES: readonly Column<Node>[] = [
  {
    head: texts.node,
    isWhole: true,
    cell: ({ name, isThis }) => (
      <>
        <CopyableId id={name} /> {isThis && texts.thisNode}
      </>
    ),
  },
  { head: texts.version, width: "fit", cell: ({ version }) => version ?? texts.unknown },
  {
    head: texts.started,
    width: "fit",
    cell: ({ startedAt }) => (startedAt === null ? texts.unknown : <Time at={startedAt} />),
  },
  { head: texts.shards, width: "fit", align: "end", cell: ({ shards }) => toCount(shards) },
];

export function SystemPage() {
  const read = useRead("GET /api/v1/system", {}, { refetchMs: REFETCH_MS });
  return (
    <>
      <PageHead title={operatorWords.pages.system} />
      <ReadState read={read}>
        {(system) => (
          <>
            <Summary checks={system.checks} />
            <div className={styles["parts"]}>
              <section>
                <h2>{texts.checks}</h2>
                <Table
                  label={texts.checks}
                  columns={CHECKS}
                  list={toWholeList(system.checks)}
                  rowKey={({ name }) => name}
                  empty={null}
                />
              </section>
              <section>
                <h2>{texts.nodes}</h2>
                <Table
                  label={texts.nodes}
                  columns={NODES}
                  list={toWholeList(system.nodes)}
                  rowKey={({ name }) => name}
                  empty={null}
                />
              </section>
              <section>
                <h2>{texts.facts}</h2>
                <SystemFacts system={system} />
              </section>
              <EncryptionKey encryption={system.encryption} />
              <SignOthersOut />
              <SettingsTable settings={system.settings} />
            </div>
          </>
        )}
      </ReadState>
    </>
  );
}

function Summary({ checks }: { readonly checks: readonly Check[] }) {
  const count = (state: Check["state"]): number =>
    checks.filter((check) => check.state === state).length;
  const failed = count("failed");
  const warnings = count("warning");
  if (failed > 0) return <AnswerLine tone="failed">{texts.failed(failed)}</AnswerLine>;
  if (warnings > 0) return <AnswerLine tone="retry">{texts.warnings(warnings)}</AnswerLine>;
  return <AnswerLine tone="ok">{texts.well}</AnswerLine>;
}

function SystemFacts({ system }: { readonly system: System }) {
  const { server } = useFace().session;
  const { store, shards } = system;
  return (
    <Facts
      rows={[
        [texts.version, system.version],
        [texts.runtime, system.runtime],
        [texts.database, store.database],
        [texts.schema, store.schema],
        [texts.apis, server.apis.join(", ")],
        [texts.shards, texts.owned(shards.owned, shards.all)],
        [texts.size, toSize(store.bytes)],
        ...(store.freeBytes === null ? [] : [[texts.free, toSize(store.freeBytes)] as const]),
        [texts.retention, toSpan(store.retentionSeconds * 1000)],
        [texts.indexLag, toSpan(store.indexLagSeconds * 1000)],
      ]}
    />
  );
}
