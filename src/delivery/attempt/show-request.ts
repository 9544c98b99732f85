/** The request of a delivery as the engine would send it now, secrets included. */
import type { PolicySettings } from "../../core/delivery/delivery-policy.ts";
import type { KeyRing } from "../../core/crypto/key-ring.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import type { Instant, Snapshot } from "../../core/snapshot.ts";
import { pathWithQuery } from "../../net/policy/target.ts";
import type { SendingEndpoint } from "../../store/interface/endpoints.ts";
import { toLoadedEndpoint } from "../lane/endpoint-loader.ts";
import { buildRequest, type Render } from "./attempt.ts";

export type RequestOfDelivery = {
  readonly snapshot: Snapshot;
  readonly sending: SendingEndpoint;
  readonly part: number;
  readonly attempts: number;
  readonly isReplay: boolean;
  readonly now: Instant;
};

export type BuiltRequest = {
  readonly method: string;
  readonly url: string;
  /** Names and values, secrets included. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
};

/** The result throws like `buildRequest`. */
export function createShowRequest(given: {
  readonly render: Render;
  readonly keys: KeyRing;
  readonly settings: PolicySettings & { readonly signatureHeaders: SignatureHeaders };
  readonly userAgent: string;
}): (p: RequestOfDelivery) => BuiltRequest {
  const { render, keys, settings, userAgent } = given;
  const { signatureHeaders } = settings;
  return ({ snapshot, sending, part, attempts, isReplay, now }) => {
    const trigger = isReplay ? "manual" : "scheduled";
    const delivery = { snapshot, webhookIndex: part, attempts, trigger } as const;
    const loaded = toLoadedEndpoint(sending, { keys, policies: settings, signatureHeaders });
    const { url, query, method, headers, body } = buildRequest({
      delivery,
      loaded,
      render,
      userAgent,
      now,
    });
    return {
      method,
      url: pathWithQuery(url, query),
      headers: toPairs(headers),
      body: body as string | null,
    };
  };
}

function toPairs(headers: Readonly<Record<string, string>> | readonly string[]) {
  if (!Array.isArray(headers)) return Object.entries(headers);
  return headers.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name as string, headers[i + 1] as string]] : [],
  );
}
