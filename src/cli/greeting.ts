/** The greeting of `hookline serve`: the server's addresses, and the steps to a first delivered event. */
import { resolve } from "node:path";
import { styleText } from "node:util";
import { storeFile, type Credentials } from "../config/credentials.ts";
import { shownValue } from "../config/read-settings.ts";
import { SETTINGS, type Settings } from "../config/settings.ts";
import { VERSION } from "../config/version.ts";
import { TRIAL_RECEIVER_URL } from "../core/delivery/trial-receiver.ts";
import type { RunningServer } from "../start.ts";

type Greeted = {
  readonly server: Pick<RunningServer, "url" | "adminUrl">;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly isNew: boolean;
  /** Sentence about the settings that `hookline dev` relaxes. Null for `hookline serve`. */
  readonly opened: string | null;
  /** A link that signs in once, of `hookline dev`. */
  readonly dashboardLink: string | null;
};

export function greeting(greeted: Greeted): string {
  const { server, settings, credentials, isNew, opened, dashboardLink } = greeted;
  const { url, adminUrl } = server;
  const operator = adminUrl === null ? "" : ` and, for the operator, on ${bold(adminUrl)}`;
  return [
    `${bold(`Hookline ${VERSION}`)} listens on ${bold(url)}${operator}`,
    `${isNew ? "The new store is" : "The store is"} in ${bold(toPlace(settings))}`,
    ...(opened === null ? [] : [opened]),
    `The dashboard is at ${bold(`${adminUrl ?? url}/dashboard`)}, the API documents are at ${bold(`${url}/docs`)}`,
    ...(dashboardLink === null
      ? []
      : [
          "",
          "This link opens the dashboard and signs you in, once and within an hour:",
          `  ${bold(dashboardLink)}`,
          "The dashboard leads you to a first event. These commands do the same.",
        ]),
    "",
    ...steps({ api: `${adminUrl ?? url}/api/v1`, token: toToken(settings, credentials), opened }),
    "",
  ].join("\n");
}

/** Three calls that work as printed and can be pasted repeatedly. */
function steps(p: { api: string; token: string; opened: string | null }): string[] {
  const receiver =
    p.opened === null
      ? ["To receive the event, replace https://example.com/hooks with the URL of your endpoint:"]
      : [
          "In a second terminal, start a receiver that prints each webhook:",
          "  npx hookline listen",
          "Create an application and an endpoint, then publish an event, which the receiver prints:",
        ];
  const url = p.opened === null ? "https://example.com/hooks" : TRIAL_RECEIVER_URL;
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

/** The token as a shell expression. A token in a file is referred to by path and not printed. */
function toToken(settings: Settings, { adminToken, adminTokenFile }: Credentials): string {
  if (adminTokenFile !== null) return `$(cat '${resolve(adminTokenFile)}')`;
  return settings.adminToken === "" ? adminToken : "$HOOKLINE_ADMIN_TOKEN";
}

function toPlace({ store }: Settings): string {
  if (!store.startsWith("sqlite:")) return shownValue(SETTINGS.store.env, store);
  const file = storeFile(store);
  return file === null ? "memory, which is lost when the server stops" : resolve(file);
}

function bold(text: string): string {
  return styleText("bold", text);
}
