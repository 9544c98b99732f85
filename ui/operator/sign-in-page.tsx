/** Asks for a token, or takes the key of a one-time link. The server answers with the cookie of a session. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isSignedOut, isTemporary } from "../api/api-error.ts";
import { signIn as openSession } from "../api/dashboard-session.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Mark } from "../parts/mark.tsx";
import { ErrorStrip } from "../parts/states.tsx";
import { openStart, takeLinkKey } from "./link-key.ts";
import { accessWords } from "../words/access.ts";
import { operatorWords } from "../words/operator.ts";
import { words } from "../words.ts";
import styles from "./sign-in-page.module.css";

type Problem = { readonly error: unknown; readonly retry: () => void };

export function SignInPage() {
  const client = useQueryClient();
  const [token, writeToken] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isEnded, setEnded] = useState(false);
  const signIn = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await openSession({ token: token.trim() });
      await client.resetQueries();
    } catch (error) {
      setProblem({ error, retry: () => void signIn() });
      setBusy(false);
    }
  };
  const isRefused = problem !== null && isSignedOut(problem.error);
  const hint = isPlainHttp() ? accessWords.plainHttp : operatorWords.signIn.hint;
  useEffect(() => {
    const key = takeLinkKey();
    if (key === null) return;
    // The address has no key any more, so a server that fails is asked with this one again.
    const openLink = async (): Promise<void> => {
      setProblem(null);
      try {
        await openSession({ key });
        openStart();
      } catch (error) {
        if (isTemporary(error)) setProblem({ error, retry: () => void openLink() });
        else setEnded(true);
      }
    };
    void openLink();
  }, []);
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
        {problem !== null && !isRefused && (
          <ErrorStrip error={problem.error} dataAt={0} onRetry={problem.retry} />
        )}
        <Field
          label={operatorWords.signIn.token}
          hint={isEnded ? accessWords.endedLink : hint}
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

/** On loopback nothing is sent over a network. */
function isPlainHttp(): boolean {
  const { protocol, hostname } = window.location;
  return protocol === "http:" && !/^(?:localhost|127\..*|\[::1\])$/.test(hostname);
}
