/**
 * A dialect's API as data: every call and every webhook with the schemas that also validate it, so the
 * documents match the checks. OpenAPI and Postman documents are built from this.
 */
import type { TObject, TSchema } from "typebox";
import type { ErrorCode } from "../core/error.ts";
import type { JsonValue } from "../core/json/json-value.ts";

/** In the description of each API. */
export const URL_CREDENTIALS =
  "The URL of a webhook may be `https://user:password@host/…`. Deliveries then send the user name and the " +
  "password as `Authorization: Basic`. Answers show the URL without the password.";

export type ApiMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type ApiDocument = {
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  /** Additional paths that serve the OpenAPI document, where the vendor has it. */
  readonly alsoAt?: readonly string[];
  readonly schemes: Readonly<Record<string, SecurityScheme>>;
  readonly calls: readonly ApiCall[];
  readonly webhooks: readonly ApiWebhook[];
  /** Schema of the body of every refusal. The statuses follow from the dialect's `errors`. */
  readonly refusal: ApiRefusal & {
    /** Schemas for statuses with a different body. */
    readonly byStatus?: Readonly<Record<number, ApiRefusal>>;
  };
};

export type ApiRefusal = { readonly schema: TSchema; readonly example: JsonValue };

export type SecurityScheme =
  | { readonly type: "http"; readonly scheme: "bearer"; readonly description: string }
  | {
      readonly type: "apiKey";
      readonly in: "header" | "query";
      readonly name: string;
      readonly description: string;
    };

export type ApiCall = {
  /** Unique within the document, such as `createWebhook`. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  readonly methods: readonly ApiMethod[];
  /** The path as it is routed and printed: `/v1/webhooks/:webhookId`. */
  readonly path: string;
  /** Names of `schemes` that are needed together. Empty for calls that need no credentials. */
  readonly security: readonly string[];
  readonly params?: TObject;
  readonly query?: TObject;
  /** Headers in addition to those of `security`. */
  readonly headers?: TObject;
  /** Fields that are accepted in the query or in the body, as at Zipwhip. */
  readonly fields?: TObject;
  readonly body?: {
    readonly schema: TSchema;
    readonly mediaTypes: readonly string[];
    readonly required: boolean;
  };
  /** Example values for the call. */
  readonly example?: ApiExample;
  /** Answers by status. Refusals are added to these. */
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /**
   * Codes of refusals in addition to those that follow from the form of the call: authentication, the format
   * of the body, an overloaded server. When absent, every code is documented.
   */
  readonly refusals?: readonly ErrorCode[];
};

export type ApiExample = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, JsonValue>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, JsonValue>>;
  readonly body?: JsonValue;
};

export type ApiAnswer = {
  readonly description: string;
  /** Null when the answer has no body. */
  readonly schema: TSchema | null;
  /** Media type. Defaults to `application/json`. */
  readonly mediaType?: string;
  readonly example?: JsonValue;
};

export type ApiWebhook = {
  /** The dialect's name for the event. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly methods: readonly ("POST" | "PUT" | "GET")[];
  readonly body: TSchema;
  /** JSON text, because its numbers may exceed the precision of a double. */
  readonly example: string;
};
