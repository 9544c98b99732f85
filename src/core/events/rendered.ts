/** A dialect's rendering of a snapshot for one endpoint: pure, so every attempt sends the same bytes. */
export type Rendered = {
  /** Null sends no body (GET deliveries carry their fields in `query`). */
  readonly body: string | null;
  readonly contentType: string;
  /**
   * Headers of the dialect, names in lower case; signatures and custom headers are added at send time. A
   * `user-agent` here replaces Hookline's.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Appended to the endpoint's URL; never stored (I10). Null when absent. */
  readonly query: string | null;
  /** The receiver's dedupe id: the same on every attempt and every replay (I2). */
  readonly dedupeId: string;
};
