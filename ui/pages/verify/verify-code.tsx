/** Code that verifies a webhook, by language. The secret is not in it: the code reads an environment variable. */
import { Button } from "../../parts/button.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useCopy } from "../../parts/use-copy.ts";
import { verifyWords } from "../../words/verify.ts";
import { LANGUAGES } from "./languages.ts";
import styles from "./verify.module.css";

/** `names` is the beginning of the three headers. */
export function VerifyCode({ names }: { readonly names: "webhook" | "svix" }) {
  return (
    <Tabs
      label={verifyWords.languages}
      param="lang"
      tabs={LANGUAGES.map(({ id, label, code }) => ({
        id,
        label,
        content: <Code label={label} code={code.replaceAll("webhook-", `${names}-`)} />,
      }))}
    />
  );
}

function Code({ label, code }: { readonly label: string; readonly code: string }) {
  const { isCopied, copy } = useCopy();
  return (
    <>
      <Button onClick={() => copy(code)}>
        {isCopied ? verifyWords.copied : verifyWords.copy(label)}
      </Button>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard */}
      <pre className={styles["code"]} tabIndex={0} role="region" aria-label={label}>
        {code}
      </pre>
    </>
  );
}
