/** Sends an example to the endpoint, and shows the answer as it comes. */
import { useState } from "react";
import { useChange, useRead } from "../api/reads.ts";
import { Button } from "../parts/button.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { Field } from "../parts/field.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { verifyWords } from "../words/verify.ts";
import { ApiError } from "../api/api-error.ts";
import { parseJson } from "../../src/core/json/json.ts";
import { CATALOGUE } from "../../src/core/events/catalogue.ts";
import type { Endpoint, EndpointPath } from "./endpoint-types.ts";
import { TestAnswer } from "./test-answer.tsx";
import styles from "./endpoint-page.module.css";

const FIRST_TYPE = "message.received";

const EXAMPLES = new Map<string, string>(
  Object.values(CATALOGUE).map(({ type, example }) => [type, JSON.stringify(example, null, 2)]),
);

type TestProps = { readonly path: EndpointPath; readonly endpoint: Endpoint };

export function EndpointTest({ path, endpoint }: TestProps) {
  const { test: texts } = endpointWords;
  const [type, writeType] = useState(() => endpoint.eventTypes?.[0] ?? FIRST_TYPE);
  const [payload, writePayload] = useState(() => EXAMPLES.get(type) ?? "{}");
  const paths = useAppPaths();
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
        {types.error !== null && (
          <ErrorStrip
            error={types.error}
            dataAt={types.dataUpdatedAt}
            onRetry={() => void types.refetch()}
          />
        )}
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
        <div>
          <TestAnswer key={send.data.id} path={path} event={send.data.id} />
          <p className={styles["next"]}>
            <PageLink target={paths.endpoint(path.endpoint, { tab: "verify" })}>
              {verifyWords.next}
            </PageLink>
          </p>
        </div>
      )}
    </div>
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
