/**
 * How many response bytes may wait for their clients, for each caller and in total (I5). Small responses are
 * not counted: a connection holds at most one, and connections are bounded.
 */
export type BudgetLimits = {
  /** Responses up to this size are not counted. */
  readonly smallBytes: number;
  readonly perCaller: number;
  readonly inAll: number;
};

export type AnswerBudget = {
  /** Whether no response is counted, which is the usual case. */
  isEmpty(): boolean;
  /** Whether the caller's unread bytes leave no room; large reads may use half of it. */
  isSpent(caller: string, isLargeRead: boolean): boolean;
  /** Returns the limit that a response of this size would exceed; null for none. */
  overrun(caller: string, bytes: number): "caller" | "all" | null;
  /** Counts the response until the returned function is called, once. */
  spend(caller: string, bytes: number): () => void;
};

export function createAnswerBudget(limits: BudgetLimits): AnswerBudget {
  const spentBy = new Map<string, number>();
  let spentInAll = 0;

  function add(caller: string, bytes: number): void {
    spentInAll += bytes;
    const spent = (spentBy.get(caller) ?? 0) + bytes;
    if (spent === 0) spentBy.delete(caller);
    else spentBy.set(caller, spent);
  }

  return {
    isEmpty: () => spentBy.size === 0,
    isSpent: (caller, isLargeRead) =>
      (spentBy.get(caller) ?? 0) >= (isLargeRead ? limits.perCaller / 2 : limits.perCaller),
    overrun(caller, bytes) {
      if (bytes <= limits.smallBytes) return null;
      // A single response is always sent, however large.
      const spent = spentBy.get(caller) ?? 0;
      if (spent > 0 && spent + bytes > limits.perCaller) return "caller";
      return spentInAll > 0 && spentInAll + bytes > limits.inAll ? "all" : null;
    },
    spend(caller, bytes) {
      const counted = bytes <= limits.smallBytes ? 0 : bytes;
      if (counted > 0) add(caller, counted);
      let isGiven = counted === 0;
      return () => {
        if (isGiven) return;
        isGiven = true;
        add(caller, -counted);
      };
    },
  };
}
