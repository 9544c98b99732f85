/**
 * The publisher of every measurement. It shares the machine with the measured server, so it is cheap. It uses
 * kept-alive bare sockets with one request at a time. Requests are prepared once and stamped with new event
 * numbers, and responses are read only for their status and length.
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { monotonicMs } from "./clock.ts";
import { layOutBody, stampEvent } from "./event.ts";

export type PublisherOptions = {
  readonly url: string;
  readonly token: string;
  readonly app: string;
  readonly eventsPerPublish: number;
  readonly connections: number;
  /** The channels of the events in turn. Without them events have no channel. */
  readonly channels?: readonly string[];
  /** The number of the next event; shared by all publishers of one store. */
  readonly numbers: { next: number };
};

export type Publisher = {
  /** Publishes on a free connection; returns false when there is none. The response goes to `onAnswer`. */
  publish(): boolean;
  /** Called with the milliseconds from writing the request to its whole response. */
  onAnswer: (tookMs: number) => void;
  onFailure: (error: Error) => void;
  readonly eventsPerPublish: number;
  /** Publishes in flight. */
  inFlight(): number;
  close(): void;
};

const HEAD_END = "\r\n\r\n";

export async function openPublisher(options: PublisherOptions): Promise<Publisher> {
  const free: Lane[] = [];
  const lanes: Lane[] = [];
  const publisher: Publisher = {
    publish() {
      const lane = free.pop();
      if (lane === undefined) return false;
      lane.send(options.numbers);
      return true;
    },
    onAnswer: () => {},
    onFailure: (error) => {
      throw error;
    },
    eventsPerPublish: options.eventsPerPublish,
    inFlight: () => lanes.length - free.length,
    close: () => lanes.forEach((lane) => lane.close()),
  };
  await Promise.all(
    Array.from({ length: options.connections }, async (_, index) => {
      const lane = await openLane(options, index, {
        onAnswer(took) {
          free.push(lane);
          publisher.onAnswer(took);
        },
        onFailure: (error) => publisher.onFailure(error),
      });
      lanes.push(lane);
      free.push(lane);
    }),
  );
  return publisher;
}

/** Combines several publishers, which are used in turn. */
export function joinPublishers(publishers: readonly Publisher[]): Publisher {
  let turn = 0;
  const joined: Publisher = {
    publish() {
      for (let asked = 0; asked < publishers.length; asked++) {
        turn = (turn + 1) % publishers.length;
        if (publishers[turn]?.publish() === true) return true;
      }
      return false;
    },
    onAnswer: () => {},
    onFailure: (error) => {
      throw error;
    },
    eventsPerPublish: publishers[0]?.eventsPerPublish ?? 0,
    inFlight: () => publishers.reduce((sum, one) => sum + one.inFlight(), 0),
    close: () => publishers.forEach((one) => one.close()),
  };
  for (const one of publishers) {
    one.onAnswer = (took) => joined.onAnswer(took);
    one.onFailure = (error) => joined.onFailure(error);
  }
  return joined;
}

type Lane = { send(numbers: { next: number }): void; close(): void };

async function openLane(
  options: PublisherOptions,
  index: number,
  on: { onAnswer(tookMs: number): void; onFailure(error: Error): void },
): Promise<Lane> {
  const { request, idAt } = layOutRequest(options, index);
  const socket = await connectTo(new URL(options.url));
  let sentAt = 0;
  let closed = false;
  let status = "";
  let head = "";
  /** Remaining bytes of the response body; undefined while its head is incomplete. */
  let missing: number | undefined;

  socket.on("data", (chunk: Buffer) => {
    if (missing === undefined) {
      head += chunk.toString("latin1");
      const end = head.indexOf(HEAD_END);
      if (end < 0) return;
      status = head.slice(9, 12);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1];
      if (length === undefined) return on.onFailure(new Error(`no content-length: ${head}`));
      missing = end + HEAD_END.length + Number(length) - head.length;
    } else {
      missing -= chunk.length;
      if (status !== "202") head += chunk.toString("latin1");
    }
    if (missing > 0) return;
    if (status !== "202") return on.onFailure(new Error(`a publish was answered with ${head}`));
    head = "";
    missing = undefined;
    on.onAnswer(monotonicMs() - sentAt);
  });
  socket.on("error", (error) => on.onFailure(error));
  socket.on("close", () => {
    if (!closed) on.onFailure(new Error("the server closed a publisher's connection"));
  });

  return {
    send(numbers) {
      for (const at of idAt) stampEvent(request, at, numbers.next++);
      sentAt = monotonicMs();
      socket.write(request);
    },
    close() {
      closed = true;
      socket.destroy();
    },
  };
}

function layOutRequest(
  options: PublisherOptions,
  index: number,
): { request: Buffer; idAt: readonly number[] } {
  const { host } = new URL(options.url);
  const { channels = [], eventsPerPublish } = options;
  const turned = channels.map((_, i) =>
    channels.at((i + index * eventsPerPublish) % channels.length),
  );
  const { bytes, idAt } = layOutBody(eventsPerPublish, turned as string[]);
  const path = `/api/v1/app/${options.app}/msg${options.eventsPerPublish === 1 ? "" : "/batch"}`;
  const head = Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Bearer ${options.token}`,
      "content-type: application/json",
      `content-length: ${bytes.length}`,
      HEAD_END.slice(2),
    ].join("\r\n"),
    "latin1",
  );
  return { request: Buffer.concat([head, bytes]), idAt: idAt.map((at) => at + head.length) };
}

function connectTo(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
