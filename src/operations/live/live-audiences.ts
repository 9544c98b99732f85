/** The clients of the live stream by their application, with the items that gather for them. It has no clock. */
import type { LiveCount, LiveNotice, LiveWanted } from "../../core/live/notice.ts";
import { createLiveChannel, type LiveChannel } from "./live-channel.ts";
import { GAP, type LiveQueue } from "./live-queue.ts";
import { createLiveSums } from "./live-sums.ts";

export type Listening = {
  /** Null sees all applications. */
  readonly appId: string | null;
  readonly queue: LiveQueue;
};

export type LiveAudiences<C extends Listening> = {
  add(client: C): void;
  remove(client: C): void;
  wants(): Map<string | null, LiveWanted>;
  /** Returns whether a client sees it. */
  deliver(change: LiveNotice | LiveCount): boolean;
  gap(): void;
  /** Moves the gathered items to the queues of the clients. */
  flush(): void;
  /** Ends a second. Returns whether it had a change. */
  tick(): boolean;
};

type Audience<C> = { readonly channel: LiveChannel; readonly clients: Set<C> };

export function createLiveAudiences<C extends Listening>(): LiveAudiences<C> {
  /** By the application; none is empty. */
  const audiences = new Map<string | null, Audience<C>>();
  const sums = createLiveSums();
  const channelOf = (appId: string | null) => audiences.get(appId)?.channel;

  return {
    add(client) {
      const audience = audiences.get(client.appId) ?? {
        channel: createLiveChannel(),
        clients: new Set(),
      };
      audiences.set(client.appId, audience);
      audience.clients.add(client);
    },
    remove(client) {
      const audience = audiences.get(client.appId);
      audience?.clients.delete(client);
      if (audience?.clients.size === 0) audiences.delete(client.appId);
      if (!audiences.has(null)) sums.take();
    },
    wants() {
      const wants = new Map<string | null, LiveWanted>();
      for (const [appId, { channel }] of audiences) {
        wants.set(appId, channel.isFull() ? "counts" : "notices");
      }
      return wants;
    },
    deliver(change) {
      const all = channelOf(null);
      const own = channelOf(change.appId);
      if (all !== undefined) sums.add(change);
      all?.add(change);
      own?.add(change);
      return all !== undefined || own !== undefined;
    },
    gap() {
      for (const { channel } of audiences.values()) channel.push(GAP);
    },
    flush() {
      for (const { channel, clients } of audiences.values()) {
        const items = channel.take();
        if (items.length > 0) for (const client of clients) client.queue.add(items);
      }
    },
    tick() {
      const overview = sums.take();
      if (overview !== null) channelOf(null)?.push(overview);
      let hadChanges = false;
      for (const { channel } of audiences.values()) if (channel.tick()) hadChanges = true;
      return hadChanges;
    },
  };
}
