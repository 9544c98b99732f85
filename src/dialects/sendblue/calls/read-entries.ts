/** Converts the webhooks of a request to entries of the set, and checks the URL and the secret. */
import { AppError, refuseField } from "../../../core/error.ts";
import { hidePassword } from "../../../core/crypto/url-userinfo.ts";
import {
  checkEndpointUrl,
  checkLiteralSecret,
} from "../../../operations/endpoints/check-endpoint.ts";
import type { OperationContext } from "../../../operations/context.ts";
import type { Entry } from "./webhook-set.ts";
import { isKnownType, typeProblem } from "../webhooks/webhook-types.ts";
import type { WebhookType } from "../webhooks/webhook-types.ts";

type Path = readonly (string | number)[];

/** An entry that has passed the schema. */
type GivenEntry =
  | string
  | {
      readonly url: string;
      readonly secret?: string;
      readonly sendblue_numbers?: readonly string[];
    };

/** Refuses an invalid URL or secret, and numbers that have no meaning for the type, each at its path. */
export function readEntries(
  context: OperationContext,
  given: readonly GivenEntry[],
  p: { readonly type: WebhookType; readonly path: Path },
): readonly Entry[] {
  return given.map((item, index) => {
    const path = [...p.path, index];
    if (typeof item === "string") {
      const urls = readUrl(context, item, path);
      return { ...urls, form: "string", secret: null, numbers: null };
    }
    const urls = readUrl(context, item.url, [...path, "url"]);
    const secret = readSecret(item.secret, [...path, "secret"]) ?? "";
    const numbers = item.sendblue_numbers ?? null;
    if (numbers !== null && p.type !== "receive" && isKnownType(p.type)) {
      const message = "only webhooks of the type receive can be limited to lines";
      throw refuseField("invalid_field", [...path, "sendblue_numbers"], message);
    }
    return {
      ...urls,
      form: "object",
      secret: secret === "" ? null : secret,
      numbers: numbers === null ? null : [...new Set(numbers)],
    };
  });
}

/** The lists of a request by type. Refuses the name of an unknown type that is probably a misspelling. */
export function readLists(
  context: OperationContext,
  given: Readonly<Record<string, unknown>>,
): ReadonlyMap<WebhookType, readonly Entry[]> {
  const lists = new Map<WebhookType, readonly Entry[]>();
  for (const [name, entries] of Object.entries(given)) {
    const path = ["webhooks", name];
    refuseType(name, path);
    const list = readEntries(context, entries as readonly GivenEntry[], { type: name, path });
    lists.set(name, list);
  }
  return lists;
}

/** Refuses the name of a type at its path. */
export function refuseType(name: string, path: readonly string[]): void {
  const problem = typeProblem(name);
  if (problem !== null) throw refuseField("invalid_field", path, problem);
}

/**
 * Literal secrets are sent in a header. A value that a header cannot carry is refused without repeating it.
 */
export function readSecret(secret: string | undefined, path: Path): string | undefined {
  if (secret !== undefined) checkLiteralSecret(secret, "sb-signing-secret", path);
  return secret;
}

/**
 * The URLs to remove, in every spelling that an entry may have. A URL that could not be added matches no
 * entry, unless it was added under other settings.
 */
export function readRemovals(
  context: OperationContext,
  given: readonly GivenEntry[],
): ReadonlySet<string> {
  const urls = new Set<string>();
  for (const item of given) {
    const url = typeof item === "string" ? item : item.url;
    urls.add(hidePassword(url.trim()));
    try {
      urls.add(checkEndpointUrl(context, "sendblue", { url, path: [] }).url);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return urls;
}

/** Clients compare the list with the webhooks that they wrote, so the original spelling is stored too. */
function readUrl(
  context: OperationContext,
  given: string,
  path: Path,
): Pick<Entry, "url" | "shownUrl" | "password"> {
  const { url, password } = checkEndpointUrl(context, "sendblue", { url: given, path });
  const trimmed = hidePassword(given.trim());
  const shownUrl = url.startsWith("https:") ? trimmed.replace(/^http:/i, "https:") : trimmed;
  return { url, shownUrl, password };
}
