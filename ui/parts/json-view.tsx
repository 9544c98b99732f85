/**
 * JSON as it was sent: exact digits, folds, a click on a name copies its path, and the bytes as they are. Controls of
 * direction are shown as escapes, which mean the same in JSON; a copy and a download have them as they were sent.
 */
import { useMemo, useState } from "react";
import { showControls } from "../show-controls.ts";
import { words } from "../words.ts";
import { Button, buttonClass } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { childrenOf, kindOf, toRoot } from "./json-nodes.ts";
import type { JsonNode } from "./json-nodes.ts";
import styles from "./json-view.module.css";
import { useCopy } from "./use-copy.ts";

const OPEN_LEVELS = 2;
/** A list of a payload may have thousands of elements. */
const MOST_CHILDREN = 100;

export function JsonView(p: {
  readonly text: string;
  readonly label: string;
  /** The name of the file of a download; without one there is no download. */
  readonly fileName?: string;
}) {
  const [isRaw, setRaw] = useState(false);
  const { copy } = useCopy();
  const root = useMemo(() => toRoot(p.text), [p.text]);
  return (
    <div role="group" aria-label={p.label}>
      <div className={styles["tools"]}>
        <Button look="quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
          {isRaw ? words.json.formatted : words.json.raw}
        </Button>
        <Button look="quiet" onClick={() => copy(p.text)}>
          {words.copy}
        </Button>
        {p.fileName !== undefined && (
          <a
            className={buttonClass("quiet")}
            download={p.fileName}
            href={`data:application/json;charset=utf-8,${encodeURIComponent(p.text)}`}
          >
            {words.json.download}
          </a>
        )}
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls needs the keyboard */}
      <div className={styles["view"]} tabIndex={0} role="region" aria-label={p.label}>
        {isRaw ? (
          <pre className={styles["raw"]}>{showControls(p.text)}</pre>
        ) : (
          <Node node={root} level={0} copy={copy} />
        )}
      </div>
    </div>
  );
}

type NodeProps = {
  readonly node: JsonNode;
  readonly level: number;
  readonly copy: (text: string) => void;
};

function Node({ node, level, copy }: NodeProps) {
  const kind = kindOf(node);
  const isBranch = kind === "object" || kind === "list";
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS);
  const children = useMemo(() => (isBranch ? childrenOf(node) : []), [isBranch, node]);
  if (!isBranch) {
    return (
      <div className={styles["line"]}>
        <span className={styles["gap"]} />
        <Name node={node} copy={copy} />
        <span className={classNames(styles["value"], styles[kind])}>{showControls(node.text)}</span>
      </div>
    );
  }
  const [open, close] = kind === "object" ? ["{", "}"] : ["[", "]"];
  const size = children.length;
  return (
    <>
      <div className={styles["line"]}>
        {size === 0 ? (
          <span className={styles["gap"]} />
        ) : (
          <button
            type="button"
            className={styles["fold"]}
            aria-expanded={isOpen}
            aria-label={node.path === "" ? words.json.root : node.path}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? "▾" : "▸"}
          </button>
        )}
        <Name node={node} copy={copy} />
        <span>
          {open}
          {(!isOpen || size === 0) && (
            <>
              {size > 0 && <span className={styles["size"]}> {words.json.size(size)} </span>}
              {close}
            </>
          )}
        </span>
      </div>
      {isOpen && size > 0 && (
        <>
          <Children nodes={children} level={level + 1} copy={copy} />
          <div className={styles["line"]}>
            <span className={styles["gap"]} />
            {close}
          </div>
        </>
      )}
    </>
  );
}

function Children(p: {
  readonly nodes: readonly JsonNode[];
  readonly level: number;
  readonly copy: (text: string) => void;
}) {
  const [most, setMost] = useState(MOST_CHILDREN);
  return (
    <div className={styles["children"]}>
      {p.nodes.slice(0, most).map((node, index) => (
        <Node key={`${index} ${node.path}`} node={node} level={p.level} copy={p.copy} />
      ))}
      {p.nodes.length > most && (
        <Button look="quiet" onClick={() => setMost(most + MOST_CHILDREN)}>
          {words.json.more(p.nodes.length - most)}
        </Button>
      )}
    </div>
  );
}

function Name({ node, copy }: { readonly node: JsonNode; readonly copy: (text: string) => void }) {
  if (node.name === null) return null;
  return (
    <button
      type="button"
      className={styles["name"]}
      title={node.path}
      aria-label={words.json.copyPath(node.path)}
      onClick={() => copy(node.path)}
    >
      {showControls(node.name)}:
    </button>
  );
}
