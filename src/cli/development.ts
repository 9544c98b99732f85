/**
 * `hookline dev`: the settings for a first trial on one machine. It permits http:// receivers on loopback.
 * The server itself must therefore listen on loopback, or a neighbour could call local ports through it.
 */
import { isIPv4, isIPv6 } from "node:net";
import { SETTINGS, type Settings } from "../config/settings.ts";
import { AppError } from "../core/error.ts";

const LOOPBACK = ["127.0.0.0/8", "::1/128", "localhost"];

export function developmentSettings(settings: Settings): {
  readonly settings: Settings;
  readonly opened: string;
} {
  const { adminListen, egressAllow, host, httpUrls } = SETTINGS;
  refuseOpenHost(host.env, settings.host);
  if (settings.adminListen !== "") {
    refuseOpenHost(adminListen.env, settings.adminListen.replace(/:\d+$/, ""));
  }
  return {
    settings: {
      ...settings,
      egressAllow: [settings.egressAllow, ...LOOPBACK].filter((entry) => entry !== "").join(","),
      httpUrls: "allow",
    },
    opened: `For development, endpoints may use http:// and be on this machine: ${httpUrls.env}=allow ${egressAllow.env}=${LOOPBACK.join(",")}`,
  };
}

function refuseOpenHost(setting: string, host: string): void {
  if (isLoopback(host.replace(/^\[|\]$/g, ""))) return;
  throw new AppError(
    "invalid_field",
    `${setting} is ${host}: \`npx hookline dev\` must listen on loopback, because it lets endpoints call this machine. Leave the setting out, or run \`npx hookline serve\`.`,
  );
}

function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return (isIPv4(host) && host.startsWith("127.")) || (isIPv6(host) && host === "::1");
}
