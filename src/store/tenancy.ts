/** Apps, event types, keys and lines: what belongs to a tenant and changes rarely. */
import type { SignatureHeaders } from "../core/signature-headers.ts";
import type { Page, PageRequest } from "./page.ts";
import type { Idempotent, IdempotencyKey } from "./idempotency.ts";

export type App = {
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly throttleRate: number | null;
  /** Null is as the server has it. */
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

export interface AppStore {
  /**
   * Makes the operator's app (`OPERATOR_APP_ID`) unless it is there; done at every start. No other
   * method of this interface knows it; its endpoints are reached by its id like any other app's.
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
  list(p: PageRequest & { excludeEmpty?: boolean }): Promise<Page<App>>;
  /** Changes the given fields only; null when unknown; `conflict` when the uid is another's. */
  update(p: { ref: string; change: Partial<AppFields>; now: number }): Promise<App | null>;
  /** Deletes the app, its endpoints and keys, and blanks its payloads; false when unknown. */
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
  readonly createdAt: number;
  readonly updatedAt: number;
};

export interface EventTypeStore {
  /** Refuses with `conflict` when the name exists and is not archived; revives an archived one. */
  create(p: {
    eventType: EventType;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<EventType>>;
  /** Inserts those whose names are unknown; used at start for the canonical catalogue. */
  seed(p: { eventTypes: readonly EventType[] }): Promise<void>;
  get(p: { name: string }): Promise<EventType | null>;
  /** Creates or changes; Svix `update` is an upsert. `created` says which. */
  upsert(p: { eventType: EventType }): Promise<{ eventType: EventType; created: boolean }>;
  update(p: {
    name: string;
    change: Partial<Omit<EventType, "name" | "createdAt" | "updatedAt">>;
    now: number;
  }): Promise<EventType | null>;
  /** Archives, or with `expunge` removes; false when unknown. */
  delete(p: { name: string; expunge: boolean; now: number }): Promise<boolean>;
  list(p: PageRequest & { includeArchived: boolean }): Promise<Page<EventType>>;
  /** Names of all registered types, archived ones included: the did-you-mean rule reads them. */
  names(): Promise<readonly string[]>;
}

export type Scope = "webhooks" | "publish" | "manage";

export type Key = {
  readonly id: string;
  readonly appId: string;
  readonly kind: "app" | "sendblue" | "publish" | "manage";
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret part; the secret itself is shown once and kept nowhere. */
  readonly secretHash: Uint8Array;
  /** Sendblue's public key id; null for bearer keys. */
  readonly keyId: string | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
};

export interface KeyStore {
  /** Under an Idempotency-Key used before: the key that it made then. */
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
  /** Unique over the server, compared in any case. */
  readonly username: string;
  /** scrypt, with its parameters and salt inside. */
  readonly passwordHash: string;
  readonly payloadGeneration: "2020" | "2015";
  readonly createdAt: number;
};

export interface LineStore {
  /**
   * Refuses with `conflict` when the username is taken or the number is registered in the app. A
   * number already met in events keeps its deviceId; the returned line has the one that counts.
   * Under an Idempotency-Key used before: the line that it made then.
   */
  create(p: {
    line: RegisteredLine;
    idempotencyKey?: IdempotencyKey | null;
  }): Promise<RegisteredLine>;
  findByUsername(p: { username: string }): Promise<RegisteredLine | null>;
  /**
   * The line of this id or number gets the username; another line that has it gets its own id for a
   * username. Null when there is no such line in the app.
   */
  assignUsername(p: {
    appRef: string;
    ref: string;
    username: string;
  }): Promise<RegisteredLine | null>;
  list(p: { appRef: string }): Promise<readonly RegisteredLine[]>;
  /** Its sessions end with it; its webhooks stay, for whoever registers the number again. */
  delete(p: { appRef: string; ref: string; now: number }): Promise<boolean>;
  /**
   * Of a session only the SHA-256 is kept; it lasts until it is ended. Beyond 1,000 live sessions of
   * a line its oldest end. False when the line is not registered any more.
   */
  openSession(p: { lineId: string; sessionHash: Uint8Array; now: number }): Promise<boolean>;
  /** The registered line of a live session whose app is live; null otherwise. */
  findSession(p: { sessionHash: Uint8Array }): Promise<RegisteredLine | null>;
  /** False when there is no live session with this hash. */
  endSession(p: { sessionHash: Uint8Array; now: number }): Promise<boolean>;
}
