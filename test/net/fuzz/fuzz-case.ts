/** One case of the fuzzer as data: the requests of a sender, and the bytes that the receiver answers with. */

const SHOWN_CHARS = 2000;

/** The last act of the receiver. `open`: it does nothing more. */
export type Ending = "open" | "closed" | "reset";

export type Answer = {
  /** Written one after the other. */
  readonly writes: readonly Buffer[];
  /** Whether a turn of the event loop passes between two writes. */
  readonly isSlow: boolean;
  readonly ending: Ending;
};

export type FuzzRequest = {
  readonly marker: string;
  /** The second is played when the request arrives a second time; later arrivals are a fault. */
  readonly answers: readonly [first: Answer, second: Answer];
  /** Whether the next request follows in the same turn, before later bytes of the answer are read. */
  readonly isHurried: boolean;
  /** The attempt is cancelled before this write of the first answer, and the case ends; null for no cancel. */
  readonly cancelledAt: number | null;
};

export type FuzzCase = {
  readonly seed: number;
  readonly isSecure: boolean;
  readonly requests: readonly FuzzRequest[];
};

export function toBytes(answer: Answer): Buffer {
  return Buffer.concat(answer.writes);
}

/** The answers of a case in a form that a person can read. */
export function describeCase({ requests, isSecure }: FuzzCase): string {
  const toLine = ({ writes, isSlow, ending }: Answer) => {
    const pieces = writes.map((piece) => shorten(JSON.stringify(piece.toString("latin1"))));
    return `${pieces.join(isSlow ? " ‖ " : " | ")} ${ending}`.slice(0, SHOWN_CHARS);
  };
  const lines = requests.flatMap(({ marker, answers, isHurried, cancelledAt }) => [
    `${marker}${isHurried ? ", hurried" : ""}${cancelledAt === null ? "" : `, cancelled at ${cancelledAt}`}:`,
    ...answers.map((answer) => `  ${toLine(answer)}`),
  ]);
  return [isSecure ? "over TLS" : "plain", ...lines].join("\n");
}

function shorten(text: string): string {
  return text.replace(/(.)\1{30,}/g, (run, one: string) => `${one}…${run.length}…`);
}
