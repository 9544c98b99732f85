import type { Socket } from "node:net";
import type { TlsVersion } from "../../core/crypto/tls-version.ts";
import type { TlsIdentity } from "./tls-profile.ts";

export type ConnectTarget = {
  readonly secure: boolean;
  /** Ignored when `secure` is false. */
  readonly tlsMinVersion: TlsVersion;
  /** Client certificate to present and CAs to trust. Null: no certificate, public CAs. */
  readonly tls: TlsIdentity | null;
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
};

export type ConnectDone = (error: Error | null, socket: Socket | null) => void;

/**
 * Starts to connect and calls `done` once, later. Returns a function that cancels the attempt, after which
 * `done` is not called.
 */
export type Connector = (
  target: ConnectTarget,
  limitMs: number,
  done: ConnectDone,
) => (reason: Error) => void;
