/**
 * The cursor of a failed delivery. It names the delivery by public ids, because its number would show how many
 * deliveries other applications have.
 */

export type NamedFailure = {
  readonly failedAt: number;
  readonly eventId: string;
  readonly endpointId: string;
  /** Which of several webhooks of the event it is. */
  readonly part: number;
};

const CURSOR =
  /^(\d{1,15})(?:_(msg_[0-9A-Za-z]{1,27})_((?:ep|whk|whk_test)_[0-9A-Za-z]{27})_(\d{1,4}))?$/;

export function isFailureCursor(text: string): boolean {
  return CURSOR.test(text);
}

export function writeFailureCursor({ failedAt, eventId, endpointId, part }: NamedFailure): string {
  return `${failedAt}_${eventId}_${endpointId}_${part}`;
}

/** The cursor of a delivery whose event is gone has only its instant. */
export function readFailureCursor(
  cursor: string,
): NamedFailure | { readonly failedAt: number; readonly eventId: null } {
  const [, at = "", eventId, endpointId = "", part] = CURSOR.exec(cursor) ?? [];
  if (eventId === undefined) return { failedAt: Number(at), eventId: null };
  return { failedAt: Number(at), eventId, endpointId, part: Number(part) };
}
