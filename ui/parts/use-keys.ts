/**
 * Keys that work anywhere on the page: one character, or two one after the other such as `g o`. They do
 * nothing while a person types, or while a dialog is open that did not register them.
 */
import { useEffect, useRef } from "react";

export type KeyBinding = {
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
};

const SEQUENCE_MS = 1_000;

const bindings = new Set<KeyBinding>();
let first: { readonly key: string; readonly at: number } | null = null;
let isListening = false;

/** Registers the keys while the part is shown. The newest of equal keys wins. */
export function useKeys(keys: readonly KeyBinding[]): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  const names = keys.map((one) => `${one.keys}\t${one.label}`).join("\n");
  useEffect(() => {
    listen();
    const added = names
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [keys = "", label = ""] = line.split("\t");
        const run = (): void => current.current.find((one) => one.keys === keys)?.run();
        return { keys, label, run };
      });
    for (const one of added) bindings.add(one);
    return () => {
      for (const one of added) bindings.delete(one);
    };
  }, [names]);
}

export function listKeys(): readonly KeyBinding[] {
  const byKeys = new Map<string, KeyBinding>();
  for (const one of bindings) byKeys.set(one.keys, one);
  return [...byKeys.values()];
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  document.addEventListener("keydown", (event) => {
    const key = toKey(event);
    if (key === null || event.defaultPrevented) return;
    const isOpen = document.querySelector('[role="dialog"], [role="menu"]') !== null;
    if (isOpen || isTyping(event.target)) return;
    const now = event.timeStamp;
    const sequence = first !== null && now - first.at < SEQUENCE_MS ? `${first.key} ${key}` : key;
    first = null;
    const found = findBinding(sequence) ?? findBinding(key);
    if (found !== undefined) {
      event.preventDefault();
      found.run();
    } else if (listKeys().some(({ keys }) => keys.startsWith(`${key} `))) {
      first = { key, at: now };
    }
  });
}

function findBinding(keys: string): KeyBinding | undefined {
  return listKeys().find((one) => one.keys === keys);
}

function toKey(event: KeyboardEvent): string | null {
  const hasControl = event.ctrlKey || event.metaKey;
  if (hasControl) return event.key.toLowerCase() === "k" ? "Ctrl-K" : null;
  if (event.altKey) return null;
  return event.key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
