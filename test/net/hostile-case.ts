import type { Socket } from "node:net";

export type HostileCase = {
  readonly title: string;
  /** What happens on a request, or with `onConnect` on a connection. */
  readonly answer: (socket: Socket) => void;
  readonly onConnect?: true;
  /** It is called by https. */
  readonly secure?: true;
  /** The reason of the failure, or the status, with a word on the body when not all of it came. */
  readonly want: string;
  /** It takes a body that fits into no buffer of the system. */
  readonly largeBody?: true;
};
