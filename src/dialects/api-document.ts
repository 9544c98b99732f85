/**
 * A dialect's API as data: every call and every webhook with the schemas that also validate it, so
 * that what is documented is what is checked. OpenAPI and Postman documents are made of this.
 */
import type { TObject, TSchema } from "typebox";
import type { ErrorCode } from "../core/error.ts";
import type { JsonValue } from "../core/json-value.ts";

/** In the description of each API. */
export const URL_CREDENTIALS =
  "The URL of a webhook may be `https://user:password@host/…`. Deliveries then send the user name and the " +
  "password as `Authorization: Basic`. Answers show the URL without the password.";

export type ApiMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type ApiDocument = {
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  /** Paths at which the OpenAPI document is served too, where the vendor has it. */
  readonly alsoAt?: readonly string[];
  readonly schemes: Readonly<Record<string, SecurityScheme>>;
  readonly calls: readonly ApiCall[];
  readonly webhooks: readonly ApiWebhook[];
  /** The body of every refusal; which statuses there are follows from the dialect's `errors`. */
  readonly refusal: ApiRefusal & {
    /** Of statuses whose body is another one. */
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
  /** As it is routed and printed: `/v1/webhooks/:webhookId`. */
  readonly path: string;
  /** Names of `schemes` that are needed together; empty for calls open to anybody. */
  readonly security: readonly string[];
  readonly params?: TObject;
  readonly query?: TObject;
  /** Headers beside those of `security`. */
  readonly headers?: TObject;
  /** Fields that may stand in the query or in the body, as Zipwhip has them. */
  readonly fields?: TObject;
  readonly body?: {
    readonly schema: TSchema;
    readonly mediaTypes: readonly string[];
    readonly required: boolean;
  };
  /** Values that show the call. */
  readonly example?: ApiExample;
  /** By status; refusals are added to these. */
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /**
   * What it can refuse with beside that which follows from its form (who calls, how the body is
   * written, that the server is too busy). When it does not say, every code is documented.
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
  /** Null for an answer without a body. */
  readonly schema: TSchema | null;
  /** `application/json` unless it says otherwise. */
  readonly mediaType?: string;
  readonly example?: JsonValue;
};

export type ApiWebhook = {
  /** The dialect's own name of the event. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly methods: readonly ("POST" | "PUT" | "GET")[];
  readonly body: TSchema;
  /** As text, since its numbers may be larger than a double holds. */
  readonly example: string;
};
