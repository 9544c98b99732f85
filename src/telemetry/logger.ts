/**
 * The logger: pino JSON, one object per line, readable on a terminal. Every logged value passes `mask.ts`
 * (I10), so a careless call site leaks nothing. This file must not depend on the program's events: their
 * sentences are in `events.ts`.
 */
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { pino } from "pino";
import type { Logger } from "pino";
import type { PinoPretty } from "pino-pretty";
import type { LogOutput, LogTarget } from "./log-output.ts";
import { maskFields, maskText } from "./mask.ts";

export type { Logger } from "pino";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A web framework logs its request and reply objects; the serializers below reduce them. */
const REDUCED = new Set(["req", "res"]);

/** `pretty` is for a terminal. A target that dropped lines reports it in the log once it recovers. */
export function createLogger(options: {
  level: LogLevel;
  pretty: boolean;
  target: LogTarget | LogOutput;
}): Logger {
  const { level, target } = options;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => maskFields(fields, REDUCED),
      },
      serializers: { req: reduceRequest, res: reduceReply, err: asIs },
      hooks: {
        logMethod(input, method) {
          method.apply(this, maskArguments(input) as Parameters<typeof method>);
        },
      },
    },
    options.pretty ? openPretty(target) : target,
  );
  if ("onRecovered" in target) {
    target.onRecovered((lines) =>
      logger.warn({ lines }, "log lines were dropped: the log was not read, or its disk was full"),
    );
  }
  // pino formats the fields of a child before `log` sees them. Children inherit this override.
  const { child } = logger;
  logger.child = function childOf(this: Logger, fields, more) {
    return child.call(this, maskFields(fields, REDUCED), more);
  } as typeof child;
  return logger;
}

/** pino-pretty is loaded on demand: it takes 11 MB that a server without a terminal does not need. */
function openPretty(target: LogTarget): LogTarget {
  const load = createRequire(import.meta.url);
  const { PinoPretty: open } = load("pino-pretty") as { PinoPretty: typeof PinoPretty };
  return open({ sync: true, destination: streamTo(target) });
}

function streamTo(target: LogTarget): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      target.write(String(chunk));
      done();
    },
  });
}

/** An error without a sentence would become the sentence too, before it could be masked. */
function maskArguments(input: readonly unknown[]): unknown[] {
  const [first, ...rest] = input;
  const given =
    first instanceof Error
      ? [{ err: first }, ...(rest.length > 0 ? rest : [first.message])]
      : input;
  return given.map((argument) => (typeof argument === "string" ? maskText(argument) : argument));
}

function reduceRequest(request: { id?: unknown; method?: unknown; url?: unknown }) {
  // A query may carry a session key or a message text (Zipwhip's do), so only the path is kept.
  const path =
    typeof request.url === "string" ? maskText(request.url.split("?", 1)[0] ?? "") : undefined;
  return { id: request.id, method: request.method, path };
}

function reduceReply(reply: { statusCode?: unknown }) {
  return { statusCode: reply.statusCode };
}

/** Errors are masked and converted to plain objects together with all other fields. */
function asIs(value: unknown): unknown {
  return value;
}
