/** The checks of the server by itself: pure, one row per check, each with a sentence that says the case. */
export type SystemCheck = {
  readonly name:
    | "writable"
    | "shards"
    | "versions"
    | "clock"
    | "disk"
    | "index"
    | "public_url"
    | "encryption"
    | "backups";
  readonly state: "ok" | "warning" | "failed";
  readonly detail: string;
};

export type SystemFacts = {
  readonly isWritable: boolean;
  readonly version: string;
  readonly nodes: readonly { readonly version: string | null }[];
  readonly shards: { readonly owned: number; readonly all: number };
  readonly store: {
    readonly kind: "sqlite" | "postgres";
    readonly bytes: number;
    readonly freeBytes: number | null;
    readonly indexLagSeconds: number;
  };
  /** How far the database's clock is from this node's, at least. */
  readonly clockOffsetMs: number;
  readonly publicUrl: string;
  readonly encryption: { readonly isChanging: boolean };
};

/** Due times and leases of several nodes are compared across clocks. */
const CLOCK_WARNING_MS = 1_000;
const CLOCK_FAILED_MS = 10_000;
const GIB = 1024 ** 3;
const INDEX_LAG_SECONDS = 600;

export function checkSystem(facts: SystemFacts): readonly SystemCheck[] {
  const { nodes, shards, store, clockOffsetMs, publicUrl, encryption } = facts;
  const versions = new Set(nodes.map(({ version }) => version ?? "unknown"));
  return [
    facts.isWritable
      ? ok("writable", "Publishes can be stored.")
      : failed("writable", "The store cannot be written, so publishes are refused with 503."),
    shards.owned === shards.all
      ? ok("shards", "Every shard has an owner.")
      : warning(
          "shards",
          `${shards.all - shards.owned} shards have no owner yet. Their deliveries wait until a node takes them.`,
        ),
    versions.size <= 1
      ? ok("versions", "All nodes run the same version.")
      : warning("versions", `The nodes run several versions: ${[...versions].join(", ")}.`),
    checkClock(store.kind, clockOffsetMs),
    checkDisk(store),
    store.indexLagSeconds <= INDEX_LAG_SECONDS
      ? ok("index", "The search index is up to date.")
      : warning(
          "index",
          `The search index is ${store.indexLagSeconds} seconds behind. Newer events are found by slower scans.`,
        ),
    publicUrl === ""
      ? warning(
          "public_url",
          "HOOKLINE_PUBLIC_URL is not set. Links to the portal and to media begin with the address of the caller's request.",
        )
      : ok("public_url", `Links begin with ${publicUrl}.`),
    encryption.isChanging
      ? warning("encryption", "A change of the encryption key is not finished. Continue it.")
      : ok("encryption", "All secrets are encrypted with the current key."),
    store.kind === "sqlite"
      ? warning(
          "backups",
          "The server does not know whether backups are made. npx hookline backup makes one while it runs.",
        )
      : warning(
          "backups",
          "The server does not know whether backups are made. Back up PostgreSQL with its own tools.",
        ),
  ];
}

function checkClock(kind: "sqlite" | "postgres", offsetMs: number): SystemCheck {
  if (kind === "sqlite") return ok("clock", "The store has the clock of this machine.");
  const detail = `This node's clock differs from the database's by ${offsetMs} ms.`;
  if (offsetMs < CLOCK_WARNING_MS)
    return ok("clock", "The clocks of this node and the database agree.");
  return offsetMs < CLOCK_FAILED_MS ? warning("clock", detail) : failed("clock", detail);
}

function checkDisk({ freeBytes, bytes }: SystemFacts["store"]): SystemCheck {
  if (freeBytes === null) {
    return ok(
      "disk",
      "The store is not on a disk of this machine; watch the disk of the database.",
    );
  }
  const detail = `${(freeBytes / GIB).toFixed(1)} GiB are free on the disk of the store.`;
  return freeBytes < Math.max(GIB, bytes / 10) ? warning("disk", detail) : ok("disk", detail);
}

type Name = SystemCheck["name"];
const ok = (name: Name, detail: string): SystemCheck => ({ name, state: "ok", detail });
const warning = (name: Name, detail: string): SystemCheck => ({ name, state: "warning", detail });
const failed = (name: Name, detail: string): SystemCheck => ({ name, state: "failed", detail });
