import type { Socket } from "node:net";

export type HostileCase = {
  readonly title: string;
  /** Handles a request, or with `onConnect` a connection. */
  readonly answer: (socket: Socket) => void;
  readonly onConnect?: true;
  /** The URL is https. */
  readonly secure?: true;
  /** The reason of the failure, or the status, with a note when the body is incomplete. */
  readonly want: string;
  /** The case needs a body that no buffer of the system can take. */
  readonly largeBody?: true;
};
