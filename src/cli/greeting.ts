/** What `hookline serve` says once it takes requests: where it is, and the way to a delivered event. */
import { resolve } from "node:path";
import { styleText } from "node:util";
import { storeFile, type Credentials } from "../config/credentials.ts";
import { shownValue } from "../config/read-settings.ts";
import { SETTINGS, type Settings } from "../config/settings.ts";
import { VERSION } from "../config/version.ts";
import type { RunningServer } from "../start.ts";
import { LISTEN_PORT } from "./listen.ts";

type Greeted = {
  readonly server: Pick<RunningServer, "url" | "adminUrl">;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly isNew: boolean;
  /** What `hookline dev` opened; null for `hookline serve`. */
  readonly opened: string | null;
};

export function greeting({ server, settings, credentials, isNew, opened }: Greeted): string {
  const { url, adminUrl } = server;
  const operator = adminUrl === null ? "" : `, for its operator on ${bold(adminUrl)}`;
  return [
    `${bold(`Hookline ${VERSION}`)} listens on ${bold(url)}${operator}`,
    `${isNew ? "It made a new store" : "Its data is"} in ${bold(toPlace(settings))}`,
    ...(opened === null ? [] : [opened]),
    `Its API documents are at ${bold(`${url}/docs`)}`,
    "",
    ...steps({ api: `${adminUrl ?? url}/api/v1`, token: toToken(settings, credentials), opened }),
    "",
  ].join("\n");
}

/** Three calls that work as they stand, and may be pasted again. */
function steps(p: { api: string; token: string; opened: string | null }): string[] {
  const receiver =
    p.opened === null
      ? ["An endpoint that is one of yours, in place of https://example.com/hooks, gets the event:"]
      : [
          "A receiver that prints what it gets, in a second terminal:",
          "  npx hookline listen",
          "An app, an endpoint and an event, which the receiver then shows:",
        ];
  const url = p.opened === null ? "https://example.com/hooks" : `http://localhost:${LISTEN_PORT}/`;
  const event = {
    eventType: "message.received",
    payload: {
      message: { id: "m-1", channel: "sms", from: "+12065550188", to: "+12065550142", text: "Hi!" },
    },
  };
  const call = (path: string, body: object): string =>
    `  curl '${p.api}${path}' -H "Authorization: Bearer ${p.token}" -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    ...receiver,
    call("/app?get_if_exists=true", { name: "My first app", uid: "first" }),
    call("/app/first/endpoint", { uid: "mine", url }),
    call("/app/first/msg", event),
  ];
}

/** As a shell reads it: a token in a file is named and not shown. */
function toToken(settings: Settings, { adminToken, adminTokenFile }: Credentials): string {
  if (adminTokenFile !== null) return `$(cat '${resolve(adminTokenFile)}')`;
  return settings.adminToken === "" ? adminToken : "$HOOKLINE_ADMIN_TOKEN";
}

function toPlace({ store }: Settings): string {
  if (!store.startsWith("sqlite:")) return shownValue(SETTINGS.store.env, store);
  const file = storeFile(store);
  return file === null ? "memory, and gone when it stops" : resolve(file);
}

function bold(text: string): string {
  return styleText("bold", text);
}
