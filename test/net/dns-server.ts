/**
 * A DNS server on loopback, just enough of one: it answers A and AAAA questions from a function
 * and counts them. A name it has no answer for does not exist.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";

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
};

const TYPE_A = 1;
const TYPE_AAAA = 28;
const CODE_SERVFAIL = 2;
const CODE_NXDOMAIN = 3;

export async function openDnsServer(answer: (name: string) => DnsRecords | undefined) {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, peer) => {
    const { name, type, end } = parseQuestion(query);
    if (type === TYPE_A) asked.push(name);
    const records = answer(name);
    if (records?.silent === true || (records?.silentSix === true && type === TYPE_AAAA)) return;
    const reply = renderAnswer(query.subarray(0, end), type, records);
    const send = () => socket.send(reply, peer.port, peer.address);
    if (records?.slowSix === true && type === TYPE_AAAA) setTimeout(send, 20);
    else send();
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    /** The names of the A questions, in order. */
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
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
  const answers = records?.serverFailure === true ? [] : texts;
  const reply = Buffer.from(question);
  const code =
    records === undefined ? CODE_NXDOMAIN : records.serverFailure === true ? CODE_SERVFAIL : 0;
  reply.writeUInt16BE(0x8180 | code, 2);
  reply.writeUInt16BE(answers.length, 6);
  reply.writeUInt16BE(0, 8);
  reply.writeUInt16BE(0, 10);
  return Buffer.concat([reply, ...answers.map((text) => renderRecord(text, type, records))]);
}

function renderRecord(text: string, type: number, records: DnsRecords | undefined): Buffer {
  const address = type === TYPE_A ? fourBytes(text) : sixBytes(text);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(records?.ttlSeconds ?? 30, 6);
  head.writeUInt16BE(address.length, 10);
  return Buffer.concat([head, address]);
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
