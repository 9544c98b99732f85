/** Opens a new store for one case of the contract, with the rows that most cases begin with. */
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import type { Store } from "../../../src/store/store.ts";
import type { App } from "../../../src/store/interface/tenancy.ts";
import { makeApp, startEngine, type Engine } from "./fixtures.ts";
import type { Harness, Opened } from "./harness.ts";

export type Story = {
  readonly opened: Opened;
  readonly store: Store;
  readonly app: App;
  readonly endpoints: readonly Endpoint[];
  /** Id of the first endpoint. */
  readonly endpointId: string;
  readonly engine: Engine;
};

export type Given = {
  /** Fields of the endpoints to create; null creates no application either. Default: one endpoint. */
  readonly endpoints?: readonly Partial<Endpoint>[] | null;
  /** Whether an engine holds all shards. Default: true. */
  readonly engine?: boolean;
  readonly open?: Parameters<Harness["open"]>[0];
};

/** An empty store. */
export const EMPTY: Given = { endpoints: null, engine: false };
/** A store with an application and nothing else. */
export const APP: Given = { endpoints: [], engine: false };

type Body = (story: Story) => Promise<void>;

/** Opens a store, creates the rows, runs `body` and closes the store. */
export async function story(harness: Harness, ...rest: [Body] | [Given, Body]): Promise<void> {
  const [given, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  const { endpoints: wanted = [{}], engine: hasEngine = true } = given;
  await using opened = await harness.open(given.open);
  const { store } = opened;
  const made = wanted === null ? null : await makeApp(store, ...wanted);
  const engine = hasEngine ? await startEngine(store) : null;
  await body({
    opened,
    store,
    get app() {
      return present(made?.app, "application");
    },
    get endpoints() {
      return present(made?.endpoints, "application");
    },
    get endpointId() {
      return present(made?.endpoints[0], "endpoint").endpointId;
    },
    get engine() {
      return present(engine, "engine");
    },
  });
}

function present<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`this story has no ${name}`);
  return value;
}
