/**
 * A minimal DNS server on loopback. It answers A and AAAA questions from a function and counts them. A name
 * without an answer does not exist. A response that does not fit into a datagram is truncated there, and
 * complete over TCP.
 */
import { createSocket } from "node:dgram";
import type { Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

export type DnsRecords = {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly ttlSeconds?: number;
  /** Answer neither question. */
  readonly silent?: boolean;
  /** Answer the AAAA question after the A question. */
  readonly slowSix?: boolean;
  /** Do not answer the AAAA question. */
  readonly silentSix?: boolean;
  readonly serverFailure?: boolean;
  /**
   * The name is an alias of the first one, which is an alias of the second, and so on. The last has the
   * addresses.
   */
  readonly aliases?: readonly string[];
};

const TYPE_A = 1;
const TYPE_AAAA = 28;
const CODE_SERVFAIL = 2;
const TYPE_CNAME = 5;
const CODE_NXDOMAIN = 3;
const TRUNCATED = 0x0200;
const DATAGRAM_LIMIT_BYTES = 1200;

/** `port` 0 is a free one. */
export async function openDnsServer(
  answer: (name: string) => DnsRecords | undefined,
  { port = 0 }: { readonly port?: number } = {},
) {
  const asked: string[] = [];
  const { socket, tcp } = await listenOnBoth(port);
  socket.on("message", (query, peer) => {
    const { name, type, end } = parseQuestion(query);
    if (type === TYPE_A) asked.push(name);
    const records = answer(name);
    if (records?.silent === true || (records?.silentSix === true && type === TYPE_AAAA)) return;
    const whole = renderAnswer(query.subarray(0, end), type, records);
    const reply = whole.length > DATAGRAM_LIMIT_BYTES ? cutOff(whole, end) : whole;
    const send = () => socket.send(reply, peer.port, peer.address);
    if (records?.slowSix === true && type === TYPE_AAAA) setTimeout(send, 20);
    else send();
  });
  const streams = new Set<Socket>();
  tcp.on("connection", (stream) => {
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
    stream.on("error", () => {});
    let received = Buffer.alloc(0);
    stream.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const query = received.subarray(2, 2 + received.readUInt16BE(0));
        received = received.subarray(2 + query.length);
        const { name, type, end } = parseQuestion(query);
        const reply = renderAnswer(query.subarray(0, end), type, answer(name));
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        stream.write(Buffer.concat([length, reply]));
      }
    });
  });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    /** The names of the A questions, in order. */
    asked,
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.destroy();
      tcp.close();
      await once(tcp, "close");
      socket.close();
      await once(socket, "close");
    },
  };
}

/** A port that is free for datagrams may be taken for streams. Then another one is tried. */
async function listenOnBoth(port: number): Promise<{ socket: Datagrams; tcp: Server }> {
  for (let tries = 0; ; tries += 1) {
    const socket = createSocket("udp4");
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    const tcp = createServer();
    tcp.listen(socket.address().port, "127.0.0.1");
    try {
      await once(tcp, "listening");
      return { socket, tcp };
    } catch (error) {
      socket.close();
      if (port !== 0 || tries > 20) throw error;
    }
  }
}

function parseQuestion(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function renderAnswer(question: Buffer, type: number, records: DnsRecords | undefined): Buffer {
  const texts = (type === TYPE_A ? records?.a : records?.aaaa) ?? [];
  const aliases = records?.serverFailure === true ? [] : (records?.aliases ?? []);
  const answers = records?.serverFailure === true ? [] : texts;
  const owner = aliases.length === 0 ? QUESTION : encodeName(aliases.at(-1) ?? "");
  const reply = Buffer.from(question);
  const code =
    records === undefined ? CODE_NXDOMAIN : records.serverFailure === true ? CODE_SERVFAIL : 0;
  reply.writeUInt16BE(0x8180 | code, 2);
  reply.writeUInt16BE(aliases.length + answers.length, 6);
  reply.writeUInt16BE(0, 8);
  reply.writeUInt16BE(0, 10);
  const ttl = records?.ttlSeconds ?? 30;
  return Buffer.concat([
    reply,
    ...aliases.map((alias, index) => {
      const of = index === 0 ? QUESTION : encodeName(aliases[index - 1] ?? "");
      return renderRecord(of, TYPE_CNAME, { value: encodeName(alias), ttl });
    }),
    ...answers.map((text) => {
      const value = type === TYPE_A ? fourBytes(text) : sixBytes(text);
      return renderRecord(owner, type, { value, ttl });
    }),
  ]);
}

/** The name in the question, by reference. */
const QUESTION = Buffer.from([0xc0, 0x0c]);

function encodeName(name: string): Buffer {
  const labels = name.split(".").map((label) => {
    return Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")]);
  });
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function renderRecord(
  owner: Buffer,
  type: number,
  { value, ttl }: { readonly value: Buffer; readonly ttl: number },
): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(ttl, 4);
  head.writeUInt16BE(value.length, 8);
  return Buffer.concat([owner, head, value]);
}

/** The question alone, with the truncation flag. */
function cutOff(whole: Buffer, end: number): Buffer {
  const reply = Buffer.from(whole.subarray(0, end));
  reply.writeUInt16BE(reply.readUInt16BE(2) | TRUNCATED, 2);
  reply.writeUInt16BE(0, 6);
  return reply;
}

function fourBytes(text: string): Buffer {
  return Buffer.from(text.split(".").map(Number));
}

function sixBytes(text: string): Buffer {
  const [head = "", tail = ""] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array.from<string>({ length: 8 - before.length - after.length }).fill("0");
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  });
  return bytes;
}
