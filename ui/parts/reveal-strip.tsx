/** The way to numbers and texts that the server masks. A viewer may not use it, and other sessions do not need it. */
import type { Reveal } from "../api/reveal.ts";
import { useFace } from "../face.tsx";
import { words } from "../words.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { ErrorStrip } from "./states.tsx";
import styles from "./states.module.css";

type Control = Pick<Reveal, "text" | "error" | "show" | "hide">;

export function RevealStrip({ reveal }: { readonly reveal: Control }) {
  const { session } = useFace();
  if (!session.masked || session.role === "viewer") return null;
  const isShown = reveal.text !== null;
  return (
    <>
      <div className={classNames(styles["strip"], styles["apart"])}>
        <span className={styles["grow"]}>
          {isShown ? words.reveal.isShown : words.reveal.isMasked}
        </span>
        <Button onClick={isShown ? reveal.hide : reveal.show}>
          {isShown ? words.reveal.hide : words.reveal.show}
        </Button>
      </div>
      {reveal.error !== null && (
        <ErrorStrip error={reveal.error} onRetry={reveal.show} dataAt={0} />
      )}
    </>
  );
}
