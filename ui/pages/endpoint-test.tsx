/** Sends an example to the endpoint, and shows the answer as it comes. */
import { useEffect, useState } from "react";
import { useChange, useList, useRead } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { endpointWords } from "../words/endpoints.ts";
import { ApiError } from "../api/api-error.ts";
import { parseJson } from "../../src/core/json/json.ts";
import { CATALOGUE } from "../../src/core/events/catalogue.ts";
import { AttemptAnswer } from "./attempts/attempt-answer.tsx";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";

const LOOK_EVERY_MS = 500;
const GIVE_UP_MS = 60_000;
const FIRST_TYPE = "message.received";

const EXAMPLES = new Map<string, string>(
  Object.values(CATALOGUE).map(({ type, example }) => [type, JSON.stringify(example, null, 2)]),
);

export function EndpointTest({ path }: { readonly path: EndpointPath }) {
  const { test: texts } = endpointWords;
  const [type, writeType] = useState(FIRST_TYPE);
  const [payload, writePayload] = useState(EXAMPLES.get(FIRST_TYPE) ?? "{}");
  const send = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/send-example");
  const types = useRead("GET /api/v1/event-type", { query: { limit: 250 } });
  const problem = findProblem(payload) ?? toPayloadProblem(send.error);
  const names = new Set([...EXAMPLES.keys(), ...(types.data?.data ?? []).map(({ name }) => name)]);
  return (
    <div className={styles["two"]}>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (findProblem(payload) !== undefined) return;
          const body = { eventType: type, payload: parseJson(payload) as Record<string, unknown> };
          send.mutate({ path, body });
        }}
      >
        <Field label={texts.type}>
          {(ids) => (
            <select
              {...ids}
              value={type}
              onChange={({ target }) => {
                writeType(target.value);
                writePayload(EXAMPLES.get(target.value) ?? "{}");
                send.reset();
              }}
            >
              {[...names].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label={texts.payload} hint={texts.payloadHint} problem={problem}>
          {(ids) => (
            <textarea
              {...ids}
              className={styles["payload"]}
              spellCheck={false}
              value={payload}
              onChange={({ target }) => writePayload(target.value)}
            />
          )}
        </Field>
        <div className={styles["buttons"]}>
          <Button type="submit" look="primary" disabled={send.isPending}>
            {texts.send}
          </Button>
        </div>
      </form>
      {send.data !== undefined && (
        <TestAnswer key={send.data.id} path={path} event={send.data.id} />
      )}
    </div>
  );
}

/** Looks for the attempt of the test until it is there. */
function TestAnswer({ path, event }: { readonly path: EndpointPath; readonly event: string }) {
  const { test: texts } = endpointWords;
  const [hasGivenUp, giveUp] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => giveUp(true), GIVE_UP_MS);
    return () => clearTimeout(timer);
  }, []);
  const list = useList(
    "GET /api/v1/app/{app}/attempt/endpoint/{endpoint}",
    { path },
    hasGivenUp ? {} : { refetchMs: LOOK_EVERY_MS },
  );
  const attempt = list.rows.find(({ msgId }) => msgId === event);
  return (
    <section aria-label={texts.answer} aria-live="polite">
      {attempt === undefined ? (
        <p className={styles["note"]}>{hasGivenUp ? texts.noAnswerYet : texts.sending}</p>
      ) : (
        <AttemptAnswer attempt={attempt} />
      )}
    </section>
  );
}

function toPayloadProblem(error: Error | null): string | undefined {
  if (error === null) return undefined;
  if (!(error instanceof ApiError) || error.fields.length === 0) return error.message;
  return error.fields.map(({ field, message }) => `${field}: ${message}`).join(" ");
}

/** Undefined when the text is a JSON object. */
function findProblem(text: string): string | undefined {
  const { test: texts } = endpointWords;
  try {
    const value: unknown = parseJson(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? undefined : texts.notObject;
  } catch (error) {
    const at = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
    const before = text.slice(0, at).split("\n");
    return texts.notJson(before.length, (before.at(-1)?.length ?? 0) + 1);
  }
}
