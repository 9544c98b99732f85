/**
 * The threads that call the writer: the main thread, and the sender threads by a port each. After a commit each gets
 * the answers to its calls, the due endpoints of its owners, and the deliveries that were leased to them.
 */
import { writeError } from "../../thread/thread-errors.ts";
import type { AnswerWire } from "../../thread/pending-calls.ts";
import type { PublishReply } from "../accept/accept.ts";
import { toReplyWire } from "./call-wire.ts";
import type { Answer, GroupResult } from "./group-commit.ts";
import { type LeasedWire, splitLeased } from "./leased-wire.ts";
import type { OpenWriter } from "./make-writer.ts";
import type { WriterReply } from "./thread-messages.ts";

type GroupReply = Extract<WriterReply, { kind: "group" }>;
type Post = (reply: WriterReply) => void;
type Draft = { answers: AnswerWire[]; due: Map<string, string[]>; leased: LeasedWire[] };

export type WriterClients = {
  add(client: number, post: Post): void;
  /** Replaces the owners whose engines are on this thread. */
  listen(client: number, owners: readonly string[]): void;
  /** Answers the calls of a group, each to its thread. */
  reply(result: GroupResult): void;
};

/** Each thread numbers its calls from a multiple of this, so that an id names its thread. */
export const CALLS_PER_CLIENT = 2 ** 40;
export const MAIN_CLIENT = 0;

const toClient = (callId: number): number => Math.floor(callId / CALLS_PER_CLIENT);

export function createWriterClients(open: OpenWriter, toMain: Post): WriterClients {
  const posts = new Map<number, Post>([[MAIN_CLIENT, toMain]]);
  const clients = new Map<string, number>();
  const clientOf = (owner: string): number => clients.get(owner) ?? MAIN_CLIENT;

  function toDrafts(result: GroupResult): ReadonlyMap<number, Draft> {
    const drafts = new Map<number, Draft>();
    const ensureDraft = (client: number): Draft => {
      let draft = drafts.get(client);
      if (draft === undefined) {
        drafts.set(client, (draft = { answers: [], due: new Map(), leased: [] }));
      }
      return draft;
    };
    ensureDraft(MAIN_CLIENT);
    for (const answer of result.answers) {
      const draft = ensureDraft(toClient(answer.id));
      draft.answers.push(toWire(answer, draft));
    }
    for (const { endpointId, shard } of result.due) {
      const owner = open.writer.state.shards()[shard]?.owner;
      if (owner === null || owner === undefined) continue;
      const { due } = ensureDraft(clientOf(owner));
      const list = due.get(owner);
      if (list === undefined) due.set(owner, [endpointId]);
      else list.push(endpointId);
    }
    return drafts;

    function toWire(answer: Answer, draft: Draft): AnswerWire {
      if (!answer.ok) return [answer.id, false, writeError(answer.error)];
      if (!answer.isPublish) return [answer.id, true, answer.value];
      const reply = answer.value as PublishReply;
      if (posts.size === 1 || reply.leased === null) return [answer.id, true, toReplyWire(reply)];
      let leased: LeasedWire | null = null;
      for (const [client, part] of splitLeased(reply.leased, clientOf)) {
        const other = ensureDraft(client);
        if (other === draft) leased = part;
        else other.leased.push(part);
      }
      return [answer.id, true, toReplyWire({ ...reply, leased })];
    }
  }

  return {
    add(client, post) {
      posts.set(client, post);
      open.setShared();
    },
    listen(client, owners) {
      for (const [owner, of] of clients) if (of === client) clients.delete(owner);
      for (const owner of owners) clients.set(owner, client);
      open.listening.clear();
      for (const owner of clients.keys()) open.listening.add(owner);
    },
    reply(result) {
      for (const [client, { answers, due, leased }] of toDrafts(result)) {
        const isMain = client === MAIN_CLIENT;
        posts.get(client)?.({
          kind: "group",
          answers,
          due: [...due],
          ...(leased.length === 0 ? undefined : { leased }),
          changed: isMain ? result.changed : [],
          fatal: isMain && result.fatal !== null ? writeError(result.fatal) : null,
        } satisfies GroupReply);
      }
    },
  };
}
