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

/** When the phases of a connection ended, in the time of `performance.now()`; 0 before. */
export type ConnectTrace = {
  beganAtMs: number;
  /** Stays 0 for an address and behind a proxy, where no name is resolved here. */
  resolvedAtMs: number;
  connectedAtMs: number;
  /** After the TLS handshake, if there is one. */
  readyAtMs: number;
  /** The checked address of the peer; empty without one, and behind a proxy. */
  peer: string;
  /**
   * Gets the bytes of a connection without TLS and proxy, which is then no stream. The bytes are valid during the
   * call only.
   */
  readonly onBytes?: (bytes: Buffer) => void;
};

/**
 * Starts to connect and calls `done` once, later. Returns a function that cancels the attempt, after which
 * `done` is not called. The times are written to `trace`, which is the caller's, so that they cost no object.
 */
export type Connector = (
  target: ConnectTarget,
  limitMs: number,
  done: ConnectDone,
  trace?: ConnectTrace,
) => (reason: Error) => void;
