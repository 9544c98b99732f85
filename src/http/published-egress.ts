/** The content of `GET /egress.json`: the addresses for the firewalls of receivers. */
import type { PublishedAddress } from "../operations/context.ts";

export type PublishedEgress = {
  readonly current: readonly Omit<PublishedAddress, "until">[];
  readonly retired: readonly PublishedAddress[];
};

/** An address stays current to the end of its last day in UTC. `now` is in milliseconds since the epoch. */
export function publishedEgress(
  published: readonly PublishedAddress[],
  now: number,
): PublishedEgress {
  const today = new Date(now).toISOString().slice(0, "2026-01-01".length);
  const isCurrent = ({ until }: PublishedAddress) => until === null || until >= today;
  return {
    current: published.filter(isCurrent).map(({ cidr, since }) => ({ cidr, since })),
    retired: published.filter((address) => !isCurrent(address)),
  };
}
