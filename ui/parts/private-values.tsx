/** Numbers and texts of people, masked when the page is masked. The title never shows a masked value. */
import { usePreferences } from "../preferences.ts";
import { balanceControls, showControls } from "../show-controls.ts";
import { maskNumber, maskText } from "./mask-format.ts";
import styles from "./private-values.module.css";

export function PhoneNumber({ value }: { readonly value: string }) {
  const { isMasked } = usePreferences();
  return (
    <span className={styles["number"]}>{isMasked ? maskNumber(value) : showControls(value)}</span>
  );
}

export function PersonText({ value }: { readonly value: string }) {
  const { isMasked } = usePreferences();
  return <bdi>{isMasked ? maskText(value) : balanceControls(value)}</bdi>;
}
