/**
 * Standard output as the log's target, with or without a reader. A bounded number of bytes is kept for a pipe
 * that is not read. Lines beyond it are dropped and counted, as are lines written when the reader has closed
 * or the disk is full. The log never stops the server.
 */
import { fstatSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";

export type LogTarget = { write(line: string): void };

export type LogOutput = LogTarget & {
  /** The listener is called when lines are accepted again, with the number of dropped lines. */
  onRecovered(listener: (dropped: number) => void): void;
};

/** Bytes that may wait for the reader of a pipe. */
const BUFFER_BYTES = 1024 * 1024;

type Options = { readonly onDropped?: () => void };

/**
 * Opens the standard output of this process. A line is written before the call returns when there is room for
 * it.
 */
export function openStandardOutput(options: Options = {}): LogOutput {
  const { fd } = process.stdout;
  return fstatSync(fd).isFile()
    ? outputTo((line) => writeToFile(fd, line), options)
    : outputTo((line) => writeToStream(process.stdout, line, BUFFER_BYTES), options);
}

export function openStreamOutput(
  stream: Writable,
  options: Options & { readonly bufferBytes: number },
): LogOutput {
  return outputTo((line) => writeToStream(stream, line, options.bufferBytes), options);
}

/** `write` returns false when the line was not written. */
function outputTo(write: (line: string) => boolean, { onDropped }: Options): LogOutput {
  let dropped = 0;
  let recovered: (count: number) => void = () => undefined;
  return {
    write(line) {
      if (!write(line)) {
        dropped += 1;
        onDropped?.();
        return;
      }
      if (dropped === 0) return;
      const count = dropped;
      // The count is reset before the listener runs, because the listener writes a line itself.
      dropped = 0;
      recovered(count);
    },
    onRecovered(listener) {
      recovered = listener;
    },
  };
}

/** Watched streams, and whether each has failed: standard output forgets its errors. */
const failed = new WeakMap<Writable, boolean>();

function writeToStream(stream: Writable, line: string, bufferBytes: number): boolean {
  if (!failed.has(stream)) {
    failed.set(stream, false);
    stream.on("error", () => failed.set(stream, true));
  }
  if (failed.get(stream) === true || stream.destroyed) return false;
  if (stream.writableLength + line.length > bufferBytes) return false;
  stream.write(line);
  return true;
}

function writeToFile(fd: number, line: string): boolean {
  try {
    writeSync(fd, line);
    return true;
  } catch {
    return false;
  }
}
