/**
 * Speaks TLS with a target, on a new connection or on a socket that already leads there. The certificate is
 * always checked against the target's name or address. Sessions are kept for resumption, each with the
 * identity and minimum version that it was made with.
 */
import { isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { ConnectTarget } from "./connect-types.ts";
import type { TlsContexts } from "./tls-contexts.ts";

export type TlsOpener = (
  target: ConnectTarget,
  over: TcpNetConnectOpts | { readonly socket: Socket; readonly highWaterMark: number },
) => TLSSocket;

const SESSIONS_LIMIT = 1000;

export function createTlsOpener(contexts: TlsContexts): TlsOpener {
  const sessions = new Map<string, Buffer>();

  return (target, over) => {
    // A session made under an older version must not be resumed where a newer one is required. A session with
    // a client identity must not be resumed by another, since the receiver does not ask for the certificate
    // again.
    const { host, port, tls, tlsMinVersion } = target;
    const sessionKey = `${tlsMinVersion} ${tls?.name ?? ""} ${host}:${port}`;
    const session = sessions.get(sessionKey);
    const socket = connectTls({
      ...over,
      // Over an existing socket, this is the only source of the name that the certificate must have.
      host,
      secureContext: contexts.ensure(tlsMinVersion, tls),
      // The default is set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off.
      rejectUnauthorized: true,
      ALPNProtocols: ["http/1.1"],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
    });
    socket.on("session", (fresh: Buffer) => {
      // A resumed session skips the name check, so only one that passed it is kept.
      if (!socket.authorized) return;
      sessions.delete(sessionKey);
      const oldest = sessions.size >= SESSIONS_LIMIT ? sessions.keys().next().value : undefined;
      if (oldest !== undefined) sessions.delete(oldest);
      sessions.set(sessionKey, fresh);
    });
    return socket;
  };
}
