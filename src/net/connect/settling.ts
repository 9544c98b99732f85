/**
 * Connections that were just kept. Bytes that arrived behind the last response may still be unread, as in the
 * next TLS record. They would be taken for the response to the next request, so it waits until the sockets were
 * polled once more. Surplus bytes that arrive later cannot be recognised.
 */
type Settling = {
  isSettling: boolean;
  readonly user: { onSettled(): void } | undefined;
};

/** Returns the function that marks a connection until then. All of one turn share two callbacks. */
export function createSettling(): (connection: Settling) => void {
  let settling: Settling[] = [];

  function awaitPoll(): void {
    // The second callback comes after the poll.
    setImmediate(endSettling, settling);
    settling = [];
  }

  return (connection) => {
    connection.isSettling = true;
    if (settling.push(connection) === 1) setImmediate(awaitPoll);
  };
}

function endSettling(connections: readonly Settling[]): void {
  for (const connection of connections) {
    connection.isSettling = false;
    connection.user?.onSettled();
  }
}
