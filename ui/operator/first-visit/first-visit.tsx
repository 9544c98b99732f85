/** The steps of a first visit. The one to do now is open; those that are done say so. */
import Check from "lucide-react/icons/check";
import type { ReactNode } from "react";
import { Button } from "../../parts/button.tsx";
import { classNames } from "../../parts/class-names.ts";
import type { Health } from "../../pages/endpoint-health.tsx";
import { PageLink } from "../../parts/page-link.tsx";
import { StatusMark } from "../../parts/status-mark.tsx";
import { Time } from "../../parts/time.tsx";
import { pathsOf } from "../../paths.ts";
import { visitWords } from "../../words/visit.ts";
import { AddFirstEndpoint, MakeFirstApp } from "./first-steps.tsx";
import styles from "./first-visit.module.css";
import { SendFirstEvent } from "./send-first-event.tsx";
import type { Visit } from "./use-first-visit.ts";

const { operator: texts } = visitWords;

export function FirstVisit({ visit }: { readonly visit: Visit }) {
  const { app, endpoint, hasArrived } = visit;
  const done = [app !== null, endpoint !== null, hasArrived, hasArrived];
  const now = done.indexOf(false);
  const contents: readonly ReactNode[] = [
    <MakeFirstApp key="app" />,
    app !== null && <AddFirstEndpoint key="endpoint" app={app.id} />,
    app !== null && endpoint !== null && (
      <SendFirstEvent
        key="send"
        path={{ app: app.id, endpoint: endpoint.id }}
        health={endpoint.health}
      />
    ),
  ];
  const facts: readonly ReactNode[] = [
    app !== null && texts.made(app.name),
    endpoint?.url,
    texts.sent,
    <Arrival key="arrival" answer={endpoint?.health.lastSuccess ?? null} />,
  ];
  return (
    <section className={styles["visit"]} aria-labelledby="first-visit">
      <div className={styles["head"]}>
        <h2 id="first-visit">{hasArrived ? texts.done : texts.title}</h2>
        <Button look="quiet" onClick={visit.close}>
          {hasArrived ? texts.close : texts.hide}
        </Button>
      </div>
      {!hasArrived && <p className={styles["hint"]}>{texts.hint}</p>}
      <ol className={styles["steps"]}>
        {[texts.app, texts.endpoint, texts.send, texts.arrive].map((title, index) => (
          <Step
            key={title}
            number={index + 1}
            title={title}
            state={done[index] === true ? "done" : index === now ? "now" : "later"}
          >
            {done[index] === true ? facts[index] : index === now && contents[index]}
            {index === 3 && !hasArrived && texts.arriveHint}
          </Step>
        ))}
      </ol>
      {hasArrived && app !== null && endpoint !== null && (
        <Next app={app.id} endpoint={endpoint.id} />
      )}
    </section>
  );
}

function Step(p: {
  readonly number: number;
  readonly title: string;
  readonly state: "done" | "now" | "later";
  readonly children: ReactNode;
}) {
  return (
    <li
      className={classNames(styles["step"], styles[p.state])}
      {...(p.state === "now" ? { "aria-current": "step" } : {})}
    >
      <span className={styles["mark"]} aria-hidden>
        {p.state === "done" ? <Check size={13} /> : p.number}
      </span>
      <div>
        <h3>
          {p.title}
          {p.state === "done" && <span className={styles["word"]}> {visitWords.step.done}</span>}
        </h3>
        <div className={styles["content"]}>{p.children}</div>
      </div>
    </li>
  );
}

function Arrival({ answer }: { readonly answer: Health["lastSuccess"] }) {
  if (answer === null) return null;
  return (
    <span>
      <StatusMark state="delivered">{answer.statusCode}</StatusMark> <Time at={answer.at} />
    </span>
  );
}

function Next({ app, endpoint }: { readonly app: string; readonly endpoint: string }) {
  const paths = pathsOf(app);
  return (
    <div>
      <h3>{texts.next}</h3>
      <ul className={styles["next"]}>
        <li>
          <PageLink target={paths.events()}>{texts.seeEvent}</PageLink>
        </li>
        <li>
          <PageLink target={paths.endpoint(endpoint, { tab: "verify" })}>{texts.verify}</PageLink>
        </li>
        <li>
          <PageLink target={{ to: "/apps" }}>{texts.portal}</PageLink>
        </li>
      </ul>
    </div>
  );
}
