/** Apps, event types, keys and lines: the data of a tenant that changes rarely. */
import type { AppLimitName, LimitName, OwnLimits } from "../../core/limits.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";

export type App = {
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly throttleRate: number | null;
  /** Null takes the server's value. */
  readonly signatureHeaders: SignatureHeaders | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Test apps deliver for real; the flag never changes. */
  readonly test: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type AppFields = Pick<
  App,
  "uid" | "name" | "throttleRate" | "signatureHeaders" | "metadata"
>;

/** Apps that a list leaves out. */
export type AppListFilter = {
  /** Those without an endpoint. */
  readonly excludeEmpty?: boolean;
  /** Those that have endpoints, all of them disabled. */
  readonly excludeDisabled?: boolean;
  /**
   * Those whose name or uid does not begin so, in any case of ASCII letters. The order is then that of names, and after
   * those found by their name come those found by their uid alone.
   */
  readonly beginning?: string | null;
};

/** The work of an app in numbers, each of bounded cost. */
export type AppActivity = {
  readonly appId: string;
  readonly endpoints: number;
  /** Deliveries that are not finished, parked ones included; by the tallies. */
  readonly waiting: number;
  /** Deliveries among them to paused or disabled endpoints, counted up to 1,000. */
  readonly parked: number;
  readonly parkedIsExact: boolean;
  /** Attempts without success from `since` on, by the sums of whole hours. */
  readonly failedAttempts: number;
  readonly lastEventAt: number | null;
};

/** The numbers of an app's limits, as far as the store knows them. */
export type AppLimits = {
  readonly appId: string;
  readonly own: OwnLimits;
  /** The use of the limits that the store counts. */
  readonly used: { readonly [K in LimitName]?: number };
};

/** Names of live applications and endpoints, in any order. */
export type Names = {
  readonly apps: readonly Pick<App, "id" | "uid" | "name">[];
  readonly endpoints: readonly {
    readonly id: string;
    readonly url: string;
    readonly appId: string;
  }[];
};

export interface AppStore {
  /**
   * Creates the operator's app (`OPERATOR_APP_ID`) unless it exists; called at every start. No other method
   * of this interface treats it specially; its endpoints are reached by its id like any other app's.
   */
  seedOperator(p: { app: App }): Promise<void>;
  /** Refuses with `conflict` when another live app has the uid. */
  create(p: { app: App; idempotencyKey: IdempotencyKey | null }): Promise<Idempotent<App>>;
  /** The live app with this uid, or the given one, now created; the boolean says which. */
  getOrCreate(p: {
    app: App;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<{ app: App; created: boolean }>;
  /** `ref` is an id or a uid. Null when unknown or deleted. */
  get(p: { ref: string }): Promise<App | null>;
  list(p: PageRequest & AppListFilter): Promise<Page<App>>;
  /** The live ones among these apps, in any order; at most a page of them. */
  activity(p: { appIds: readonly string[]; since: number }): Promise<readonly AppActivity[]>;
  /** Finds the names of the apps with these ids or uids, and of these endpoints. The caller limits both. */
  names(p: { appRefs: readonly string[]; endpointIds: readonly string[] }): Promise<Names>;
  /** Changes only the given fields; null when unknown; `conflict` when another app has the uid. */
  update(p: { ref: string; change: Partial<AppFields>; now: number }): Promise<App | null>;
  /** Null when the app is unknown. */
  limits(p: { ref: string }): Promise<AppLimits | null>;
  /**
   * Sets the app's own numbers; null returns to the server's number, and absent ones stay. Existing data above
   * a lowered number stays. Null when the app is unknown.
   */
  setLimits(p: {
    ref: string;
    change: { readonly [K in AppLimitName]?: number | null };
    now: number;
  }): Promise<AppLimits | null>;
  /** Deletes the app, its endpoints and keys, and its payloads; false when unknown. */
  delete(p: { ref: string; now: number }): Promise<boolean>;
}

export type EventType = {
  readonly name: string;
  readonly description: string;
  readonly archived: boolean;
  readonly deprecated: boolean;
  readonly groupName: string | null;
  readonly featureFlags: readonly string[] | null;
  /** JSON text of the schemas object, or null. */
  readonly schemas: string | null;
  /** A payload that does not fit the built-in type of this name is accepted and not read. */
  readonly custom: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export interface EventTypeStore {
  /** Refuses with `conflict` when the name exists and is not archived; revives an archived one. */
  create(p: {
    eventType: EventType;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<EventType>>;
  /**
   * Inserts those with unknown names; used at start for the canonical catalogue. Without any, those that an
   * earlier start inserted are removed, and registered ones stay.
   */
  seed(p: { eventTypes: readonly EventType[] }): Promise<void>;
  /** With `featureFlags`, a type that has flags and none of these is unknown. */
  get(p: { name: string; featureFlags?: readonly string[] | undefined }): Promise<EventType | null>;
  /** Creates or changes; Svix `update` is an upsert. `created` says which. */
  upsert(p: { eventType: EventType }): Promise<{ eventType: EventType; created: boolean }>;
  update(p: {
    name: string;
    change: Partial<Omit<EventType, "name" | "createdAt" | "updatedAt">>;
    now: number;
  }): Promise<EventType | null>;
  /** Archives, or with `expunge` removes; false when unknown. */
  delete(p: { name: string; expunge: boolean; now: number }): Promise<boolean>;
  /** `featureFlags` as in `get`. */
  list(
    p: PageRequest & {
      includeArchived: boolean;
      featureFlags?: readonly string[] | undefined;
    },
  ): Promise<Page<EventType>>;
  /** Names of all registered types, including archived ones, for the did-you-mean rule. */
  names(): Promise<readonly string[]>;
}

export type Scope = "webhooks" | "publish" | "manage";

export type Key = {
  readonly id: string;
  readonly appId: string;
  readonly kind: "app" | "sendblue" | "publish" | "manage";
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret part; the secret itself is shown once and not stored. */
  readonly secretHash: Uint8Array;
  /** Sendblue's public key id; null for bearer keys. */
  readonly keyId: string | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
};

export interface KeyStore {
  /** A repeated Idempotency-Key returns the key that the first request created. */
  create(p: { key: Key; idempotencyKey?: IdempotencyKey | null }): Promise<Key>;
  /** The live key with this hash, whose app is live; null otherwise. */
  findByHash(p: { secretHash: Uint8Array }): Promise<Key | null>;
  list(p: { appRef: string }): Promise<readonly Key[]>;
  revoke(p: { appRef: string; keyId: string; now: number }): Promise<boolean>;
}

export type RegisteredLine = {
  readonly id: string;
  readonly appId: string;
  readonly number: string;
  readonly deviceId: number;
  readonly name: string | null;
  /** Unique on the server, regardless of case. */
  readonly username: string;
  /** scrypt hash that contains its parameters and salt. */
  readonly passwordHash: string;
  readonly payloadGeneration: "2020" | "2015";
  readonly createdAt: number;
};

/** A further login of a line. */
export type FurtherLogin = {
  readonly id: string;
  /** Unique on the server with those of lines, regardless of case. */
  readonly username: string;
  readonly passwordHash: string;
  readonly createdAt: number;
};

/** A line as it was found by one of its logins, whose username and password it has. */
export type LineOfLogin = RegisteredLine & {
  /** Absent for the line's first login. */
  readonly loginId?: string;
};

export interface LineStore {
  /**
   * Refuses with `conflict` when the username is taken or the number is registered in the app. A number
   * already seen in events keeps its deviceId, which the returned line contains. A repeated Idempotency-Key
   * returns the line that the first request created.
   */
  create(p: {
    line: RegisteredLine;
    idempotencyKey?: IdempotencyKey | null;
  }): Promise<RegisteredLine>;
  findByUsername(p: { username: string }): Promise<LineOfLogin | null>;
  /** `ref` is the line's id or number. */
  get(p: { appRef: string; ref: string }): Promise<RegisteredLine | null>;
  /**
   * Gives the username to the line with this id or number. Another line whose first login has it gets its own
   * id as username, and another line's further login gets that login's id. Refuses with `conflict` the username
   * of a further login of the same line. Null when the app has no such line.
   */
  assignUsername(p: {
    appRef: string;
    ref: string;
    username: string;
  }): Promise<RegisteredLine | null>;
  list(p: { appRef: string }): Promise<readonly RegisteredLine[]>;
  /** Ends its sessions with it; its webhooks stay, for the next registration of the number. */
  delete(p: { appRef: string; ref: string; now: number }): Promise<boolean>;
  /**
   * Adds a login to the line with this id or number. Refuses with `conflict` a username that is taken, and with
   * `limit_reached`. A repeated Idempotency-Key returns the login that the first request created. Null when the
   * app has no such line.
   */
  createLogin(p: {
    appRef: string;
    ref: string;
    login: FurtherLogin;
    idempotencyKey?: IdempotencyKey | null;
  }): Promise<FurtherLogin | null>;
  /** Further logins of a line, oldest first. Null when the app has no such line. */
  listLogins(p: { appRef: string; ref: string }): Promise<readonly FurtherLogin[] | null>;
  /** Ends the sessions of the login with it. False when the line has no such login. */
  deleteLogin(p: { appRef: string; ref: string; loginId: string }): Promise<boolean>;
  /**
   * Stores only the SHA-256 of a session, which lasts until it is ended. Beyond 1,000 live sessions of a login
   * the oldest end. `loginId` is absent for the first login. False when the line is not registered any more, or
   * the login is deleted.
   */
  openSession(p: {
    lineId: string;
    loginId?: string | undefined;
    sessionHash: Uint8Array;
    now: number;
  }): Promise<boolean>;
  /** The registered line of a live session whose app is live; null otherwise. */
  findSession(p: { sessionHash: Uint8Array }): Promise<RegisteredLine | null>;
  /** False when no live session has this hash. */
  endSession(p: { sessionHash: Uint8Array; now: number }): Promise<boolean>;
}
