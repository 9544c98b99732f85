/** Asks for a token. It stays in the memory of this page, so a reload asks again. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isSignedOut } from "../api/api-error.ts";
import { callApi } from "../api/call.ts";
import { setToken } from "../api/credential.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Mark } from "../parts/mark.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { operatorWords } from "../words/operator.ts";
import { words } from "../words.ts";
import styles from "./sign-in-page.module.css";

export function SignInPage() {
  const client = useQueryClient();
  const [token, writeToken] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const signIn = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    setToken(token.trim());
    try {
      await callApi("GET /api/v1/session");
      await client.resetQueries();
    } catch (refusal) {
      setToken(null);
      setError(refusal);
      setBusy(false);
    }
  };
  const isRefused = isSignedOut(error);
  return (
    <main className={styles["page"]}>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <Mark className={styles["mark"] ?? ""} />
        <h1>{operatorWords.signIn.title}</h1>
        {error !== null && !isRefused && (
          <ErrorStrip error={error} dataAt={0} onRetry={() => void signIn()} />
        )}
        <Field
          label={operatorWords.signIn.token}
          hint={operatorWords.signIn.hint}
          problem={isRefused ? operatorWords.signIn.refused : undefined}
        >
          {(ids) => (
            <input
              {...ids}
              type="password"
              autoComplete="current-password"
              required
              value={token}
              onChange={({ target }) => writeToken(target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={isBusy}>
          {words.signIn}
        </Button>
      </form>
    </main>
  );
}
