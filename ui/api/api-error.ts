/** A refusal of the API, or a server that did not answer. */
import { parseJson } from "../../src/core/json/json.ts";
import { showControls } from "../show-controls.ts";

export type FieldProblem = { readonly field: string; readonly message: string };

export class ApiError extends Error {
  /** 0 when the server did not answer. */
  readonly status: number;
  readonly code: string;
  /** The sentence of the server; empty when it gave none. */
  readonly detail: string;
  readonly fields: readonly FieldProblem[];
  readonly requestId: string | null;

  constructor(p: {
    readonly status: number;
    readonly code: string;
    readonly detail: string;
    readonly fields: readonly FieldProblem[];
    readonly requestId: string | null;
  }) {
    super(p.detail === "" ? p.code : p.detail);
    this.status = p.status;
    this.code = p.code;
    this.detail = p.detail;
    this.fields = p.fields;
    this.requestId = p.requestId;
  }
}

/** Returns whether the same request may succeed later. */
export function isTemporary(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

/** Returns whether the server did not answer at all. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof ApiError && error.status === 0;
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** The envelope is `{code, detail}`, where `detail` is a sentence or a list of refused fields. */
export function toApiError(response: Response, text: string): ApiError {
  const { code, detail } = readEnvelope(text);
  const fields = Array.isArray(detail) ? detail.flatMap((one: unknown) => toField(one)) : [];
  return new ApiError({
    status: response.status,
    code: typeof code === "string" ? code : "unknown",
    detail:
      typeof detail === "string"
        ? showControls(detail)
        : fields.map(({ message }) => message).join(" "),
    fields,
    requestId: response.headers.get("x-request-id"),
  });
}

function readEnvelope(text: string): { readonly code?: unknown; readonly detail?: unknown } {
  try {
    return Object(parseJson(text)) as { readonly code?: unknown; readonly detail?: unknown };
  } catch {
    // A proxy in front may answer with a page.
    return {};
  }
}

function toField(value: unknown): readonly FieldProblem[] {
  if (typeof value !== "object" || value === null) return [];
  const { loc, msg } = value as { readonly loc?: unknown; readonly msg?: unknown };
  if (!Array.isArray(loc) || typeof msg !== "string") return [];
  const [place, ...path] = loc.map(String);
  return [
    {
      field: place === "body" ? path.join(".") : [place, ...path].join("."),
      message: showControls(msg),
    },
  ];
}
