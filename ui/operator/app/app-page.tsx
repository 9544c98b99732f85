/** One app: the work that waits, links to its pages, its keys, its lines and its limits. */
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Answer } from "../../api/call.ts";
import { useRead } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button, buttonClass } from "../../parts/button.tsx";
import { CopyableId } from "../../parts/copyable-id.tsx";
import { toCount } from "../../parts/count.tsx";
import { Facts } from "../../parts/facts.tsx";
import { AnswerLine, PageHead } from "../../parts/page-head.tsx";
import { PageLink } from "../../parts/page-link.tsx";
import { ReadState } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Time } from "../../parts/time.tsx";
import { pathsOf } from "../../paths.ts";
import { accessWords } from "../../words/access.ts";
import { appWords } from "../../words/apps.ts";
import { operatorWords } from "../../words/operator.ts";
import { PortalLinkDialog } from "../portal-link-dialog.tsx";
import { AppKeys } from "./app-keys.tsx";
import { AppLimits } from "./app-limits.tsx";
import { AppLines } from "./app-lines.tsx";
import styles from "./app-page.module.css";

const REFETCH_MS = 10_000;

type App = Answer<"GET /api/v1/app/{app}">;

export function AppPage() {
  const { app: ref = "" }: { readonly app?: string } = useParams({ strict: false });
  const read = useRead(
    "GET /api/v1/app/{app}",
    { path: { app: ref }, query: { with_activity: true } },
    { refetchMs: REFETCH_MS },
  );
  const { tabs } = appWords;
  return (
    <ReadState read={read}>
      {(app) => (
        <>
          <PageHead
            title={app.name}
            above={[{ label: operatorWords.pages.apps, target: { to: "/apps" } }]}
            actions={<AppActions app={app} />}
          />
          {app.activity !== undefined && <Waiting activity={app.activity} />}
          <AppFacts app={app} />
          <Tabs
            label={app.name}
            tabs={[
              { id: "keys", label: tabs.keys, content: <AppKeys app={app.id} /> },
              { id: "lines", label: tabs.lines, content: <AppLines app={app.id} /> },
              { id: "limits", label: tabs.limits, content: <AppLimits app={app.id} /> },
            ]}
          />
        </>
      )}
    </ReadState>
  );
}

function AppActions({ app }: { readonly app: App }) {
  const { role } = useFace().session;
  const [isLinking, link] = useState(false);
  const paths = pathsOf(app.id);
  return (
    <>
      {(["endpoints", "texts", "events", "tasks"] as const).map((name) => (
        <PageLink key={name} target={paths[name]()} className={buttonClass()}>
          {appWords.links[name]}
        </PageLink>
      ))}
      {role === "admin" && (
        <Button look="primary" onClick={() => link(true)}>
          {accessWords.apps.portal}
        </Button>
      )}
      {isLinking && <PortalLinkDialog app={app} onClose={() => link(false)} />}
    </>
  );
}

function Waiting({ activity }: { readonly activity: NonNullable<App["activity"]> }) {
  const { sentence, columns } = appWords;
  const { waiting, parked, parkedIsExact, failedAttempts, lastEventAt } = activity;
  return (
    <AnswerLine tone={waiting > 0 ? "wait" : "ok"}>
      {waiting === 0
        ? sentence.quiet
        : sentence.waiting(toCount(waiting), toCount(parked, parkedIsExact))}{" "}
      {columns.failed}: {toCount(failedAttempts)}.{" "}
      {lastEventAt !== null && (
        <>
          {columns.lastEvent}: <Time at={lastEventAt} />.
        </>
      )}
    </AnswerLine>
  );
}

function AppFacts({ app }: { readonly app: App }) {
  const { facts } = appWords;
  return (
    <div className={styles["facts"]}>
      <Facts
        rows={[
          [facts.id, <CopyableId key="id" id={app.id} />],
          ...(app.uid === null
            ? []
            : [[facts.uid, <CopyableId key="uid" id={app.uid} />] as const]),
          [facts.made, <Time key="made" at={app.createdAt} />],
          ...(app.test === true ? [[facts.test, facts.yes] as const] : []),
        ]}
      />
    </div>
  );
}
