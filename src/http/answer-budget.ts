/**
 * How many bytes of answers may wait for their clients, for each caller and in all (I5). Small
 * answers are not counted: a connection holds one at most, and connections are bounded.
 */
export type BudgetLimits = {
  /** Up to this size an answer is not counted. */
  readonly smallBytes: number;
  readonly perCaller: number;
  readonly inAll: number;
};

export type AnswerBudget = {
  /** True when no answer is counted, as it mostly is. */
  isEmpty(): boolean;
  /** True when what the caller has not read leaves no room; large reads may use half of it. */
  isSpent(caller: string, isLargeRead: boolean): boolean;
  /** Which bound an answer of this size would pass; null for none. */
  overrun(caller: string, bytes: number): "caller" | "all" | null;
  /** Counts the answer until the result is called, once. */
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
      // One answer alone is always given, whatever its size.
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
