/**
 * A Zipwhip webhook and its endpoint. A webhook belongs to one line and receives one event. Its number is
 * stored in the endpoint, beside the URL as it was given.
 */
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import { hidePassword } from "../../../core/crypto/url-userinfo.ts";
import type { TlsVersion } from "../../../core/crypto/tls-version.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { draftEndpoint } from "../../../operations/endpoints/create-endpoint.ts";
import type { LineOfCaller } from "../caller.ts";

/** Keys in the order in which the documents print them. */
export type Hook = {
  readonly webhookId: number;
  readonly type: string;
  readonly event: string;
  readonly url: string;
  readonly method: Endpoint["method"];
};

/** Clients store the number in 32 bits. */
const GREATEST_ID = 2 ** 31 - 1;

type Options = Pick<Hook, "webhookId" | "url">;

export function toHook(endpoint: Endpoint): Hook {
  const { webhookId, url } = JSON.parse(endpoint.dialectOptions ?? "{}") as Options;
  const [type = "", event = ""] = endpoint.eventTypes?.[0]?.split("/") ?? [];
  return { webhookId, type, event, url, method: endpoint.method };
}

/**
 * Fields of a webhook that the endpoint stores for this dialect only. `url` is as given, without its
 * password.
 */
export function hookOptions({ webhookId, url }: Options): string {
  return JSON.stringify({ webhookId, url: hidePassword(url) });
}

export function hookEvent({ type, event }: Pick<Hook, "type" | "event">): string {
  return `${type}/${event}`;
}

/** The endpoint to store, with a number that is not in `taken`. */
export function draftHook(
  context: OperationContext,
  { appRef, line }: LineOfCaller,
  p: Omit<Hook, "webhookId"> & {
    readonly tlsMinVersion?: TlsVersion;
    readonly taken: readonly Hook[];
  },
): Endpoint {
  const webhookId = drawWebhookId(context, p.taken);
  return draftEndpoint(context, {
    appRef,
    dialect: "zipwhip",
    endpointId: context.ids.next(ID_PREFIXES.endpoint),
    fields: {
      url: p.url,
      method: p.method,
      eventTypes: [hookEvent(p)],
      lines: [line],
      authentication: [],
      secret: null,
      tlsMinVersion: p.tlsMinVersion ?? null,
      dialectOptions: hookOptions({ webhookId, url: p.url }),
    },
  });
}

function drawWebhookId(context: OperationContext, taken: readonly Hook[]): number {
  for (;;) {
    const drawn = Buffer.from(context.randomBytes(4)).readUInt32BE() & GREATEST_ID;
    if (drawn > 0 && taken.every(({ webhookId }) => webhookId !== drawn)) return drawn;
  }
}

/** The webhook of document 001. */
export function webhookExample(method: Endpoint["method"]): Hook {
  return {
    webhookId: 687557714,
    type: "message",
    event: "receive",
    url: "https://test.zipwhip.com/message/receive",
    method,
  };
}
