import { useCallback, useEffect, useState } from "react";
import { useToast } from "./toast.tsx";
import { words } from "../words.ts";

const SHOWN_MS = 1_500;

/** Copies to the clipboard, and says so for a moment. A browser may refuse it, in a frame for example. */
export function useCopy(): { readonly isCopied: boolean; readonly copy: (text: string) => void } {
  const [isCopied, setCopied] = useState(false);
  const toast = useToast();
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = useCallback(
    (text: string) => {
      writeClipboard(text).then(
        () => setCopied(true),
        () => toast({ title: words.notCopied, isProblem: true }),
      );
    },
    [toast],
  );
  return { isCopied, copy };
}

export async function writeClipboard(text: string): Promise<void> {
  // The clipboard exists only over https and on loopback.
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("the browser refuses to copy");
}
