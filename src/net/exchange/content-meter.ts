/** Passes a download through, and ends it when it is too large, too slow, or takes too long. */
import { Transform } from "node:stream";

export type MeterLimits = {
  readonly bodyBytes: number;
  /** Minimum number of bytes in each window but the last. */
  readonly windowBytes: number;
  readonly windowMs: number;
  /** Maximum number of windows that a download may last. */
  readonly windows: number;
};

/** Creates the meter. Bytes pass only as the reader takes them, so the rate is that of the slower side. */
export function createMeter(limits: MeterLimits): Transform {
  let passedBytes = 0;
  let windowBytes = 0;
  let windows = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passedBytes += chunk.length;
      windowBytes += chunk.length;
      if (passedBytes > limits.bodyBytes) return done(new Error("the content is too large"));
      done(null, chunk);
    },
  });
  const timer = setInterval(() => {
    windows += 1;
    if (windowBytes < limits.windowBytes) meter.destroy(new Error("the download is too slow"));
    if (windows >= limits.windows) meter.destroy(new Error("the download took too long"));
    windowBytes = 0;
  }, limits.windowMs);
  meter.once("close", () => clearInterval(timer));
  return meter;
}
