/**
 * The addresses that the server listens on. They are tried before anything is written, and a failure is one
 * sentence that names the setting.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { AppError } from "../core/error.ts";
import { SETTINGS, type Settings } from "./settings.ts";

export type ListenAddress = { readonly host: string; readonly port: number };
type Named = ListenAddress & { readonly hostSetting: string; readonly portSetting: string };

const PRIVILEGED_BELOW = 1024;

/** Returns the address of the admin listener; null when one listener serves everything. */
export function adminAddress({ adminListen }: Settings): ListenAddress | null {
  if (adminListen === "") return null;
  const end = adminListen.lastIndexOf(":");
  const host = adminListen.slice(0, end).replace(/^\[|\]$/g, "");
  return { host, port: Number(adminListen.slice(end + 1)) };
}

/** Opens and closes each listener in turn. Refuses with `invalid_field` when one cannot be opened. */
export async function tryAddresses(settings: Settings): Promise<void> {
  for (const address of namedAddresses(settings)) {
    const server = createServer();
    try {
      server.listen({ host: address.host, port: address.port });
      await once(server, "listening");
    } catch (error) {
      throw refusal(error, address);
    }
    server.close();
    await once(server, "close");
  }
}

/** Converts a failed `listen` to a refusal; returns any other error unchanged. */
export function listenRefusal(error: unknown, settings: Settings): unknown {
  const { syscall, port } = error as { syscall?: unknown; port?: unknown };
  if (syscall !== "listen" && syscall !== "getaddrinfo") return error;
  const addresses = namedAddresses(settings);
  const failed = addresses.find((one) => one.port === port) ?? addresses[0];
  return failed === undefined ? error : refusal(error, failed);
}

function namedAddresses(settings: Settings): Named[] {
  const { host, port, adminListen } = SETTINGS;
  const admin = adminAddress(settings);
  const own = { host: settings.host, port: settings.port };
  return [
    { ...own, hostSetting: host.env, portSetting: port.env },
    ...(admin === null
      ? []
      : [{ ...admin, hostSetting: adminListen.env, portSetting: adminListen.env }]),
  ];
}

function refusal(cause: unknown, { host, port, hostSetting, portSetting }: Named): AppError {
  const code = (cause as { code?: string }).code ?? String(cause);
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new AppError("invalid_field", sentence(), { cause });

  function sentence(): string {
    switch (code) {
      case "EADDRINUSE":
        return `Another program already listens on ${where}. Stop it, or choose another port with ${portSetting}.`;
      case "EADDRNOTAVAIL":
        return `${hostSetting} names ${host}, which is not an address of this machine. Use an address of this machine, or 0.0.0.0 for all of them.`;
      case "EACCES":
      case "EPERM":
        return port < PRIVILEGED_BELOW
          ? `This user may not listen on ${where}: ports below ${PRIVILEGED_BELOW} need more privileges. Choose another port with ${portSetting}.`
          : `This user may not listen on ${where} (${code}). Choose another port with ${portSetting}.`;
      case "ENOTFOUND":
      case "EAI_AGAIN":
        return `${hostSetting} names ${host}, which cannot be resolved. Use an IP address or a host name that resolves.`;
      default:
        return `The server cannot listen on ${where} (${code}). Choose another address with ${hostSetting}.`;
    }
  }
}
