/**
 * Reads masked content in full, once the person asks for it. The server writes each time into its audit, so nothing
 * repeats the read: the content stays until the page is left, or shows another object.
 */
import { useMutation } from "@tanstack/react-query";
import { parseJson } from "../../src/core/json/json.ts";
import { readText } from "./call.ts";
import type { Answer, CallName, Request } from "./call.ts";

export type RevealCall = Extract<CallName, `POST ${string}/reveal`>;

export type Reveal<N extends RevealCall = RevealCall> = {
  /** Null until it is asked for. */
  readonly answer: Answer<N> | null;
  /** The body of the answer as it was sent. */
  readonly text: string | null;
  readonly error: Error | null;
  readonly show: () => void;
  readonly hide: () => void;
};

export function useReveal<N extends RevealCall>(name: N, request: Request<N>): Reveal<N> {
  const key = JSON.stringify(request);
  const asked = useMutation<string, Error, string>({
    mutationFn: () => readText(name, request),
    gcTime: 0,
  });
  // A page may stay while its address names another object.
  const isOfThis = asked.variables === key;
  const text = isOfThis ? (asked.data ?? null) : null;
  return {
    answer: text === null ? null : (parseJson(text) as Answer<N>),
    text,
    error: isOfThis ? asked.error : null,
    show: () => {
      if (!asked.isPending || !isOfThis) asked.mutate(key);
    },
    hide: () => asked.reset(),
  };
}
