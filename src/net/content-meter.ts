/** Passes a download through and ends it when it grows too large, is too slow, or lasts too long. */
import { Transform } from "node:stream";

export type MeterLimits = {
  readonly bodyBytes: number;
  /** The least that has to pass in each window but the last. */
  readonly windowBytes: number;
  readonly windowMs: number;
  /** The most windows that a download may last. */
  readonly windows: number;
};

/** Bytes pass only as its reader takes them, so the rate is that of the slower side. */
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
    if (windows >= limits.windows) meter.destroy(new Error("the download lasted too long"));
    windowBytes = 0;
  }, limits.windowMs);
  meter.once("close", () => clearInterval(timer));
  return meter;
}
