/**
 * Sets of small numbers, which stand for the endpoints of an application. A set of one is the number, which needs
 * no memory. A set of a few is a list. A large set has a bit for each number.
 */

export type SlotSet = number | number[] | { bits: Uint32Array; count: number };

/** A list of this length takes as much memory as the bits of 10,000 numbers. */
const LONGEST_LIST = 128;

/** Returns the set with the slot. The given set may be changed. A slot that was added last may be added again. */
export function addSlot(set: SlotSet | undefined, slot: number): SlotSet {
  if (set === undefined || set === slot) return slot;
  if (typeof set === "number") return [set, slot];
  if (!Array.isArray(set)) {
    addBit(set, slot);
    return set;
  }
  if (set.at(-1) === slot) return set;
  set.push(slot);
  if (set.length <= LONGEST_LIST) return set;
  const dense = { bits: new Uint32Array(wordsFor(Math.max(...set) + 1)), count: 0 };
  for (const one of set) addBit(dense, one);
  return dense;
}

/** Returns the set without the slot; undefined when it is empty. The given set may be changed. */
export function removeSlot(set: SlotSet | undefined, slot: number): SlotSet | undefined {
  if (set === undefined || set === slot) return undefined;
  if (typeof set === "number") return set;
  if (Array.isArray(set)) {
    const at = set.indexOf(slot);
    if (at >= 0) set.splice(at, 1);
    return set.length === 0 ? undefined : set;
  }
  const word = slot >>> 5;
  const before = set.bits[word] ?? 0;
  if (((before >>> (slot & 31)) & 1) === 1) {
    set.bits[word] = before & ~(1 << (slot & 31));
    set.count -= 1;
  }
  return set.count === 0 ? undefined : set;
}

/** The number of words for bits of the slots below `slots`. */
export function wordsFor(slots: number): number {
  return (slots + 31) >>> 5;
}

/** Adds the slots of the set to `bits`, which has room for them. */
export function unite(bits: Uint32Array, set: SlotSet | undefined): void {
  if (set === undefined) return;
  if (typeof set === "number") setBit(bits, set);
  else if (Array.isArray(set)) for (const slot of set) setBit(bits, slot);
  else {
    const words = Math.min(bits.length, set.bits.length);
    for (let i = 0; i < words; i++) bits[i] = (bits[i] as number) | (set.bits[i] as number);
  }
}

/** Removes from `bits` the slots of the set that `kept` does not have. */
export function exclude(bits: Uint32Array, set: SlotSet, kept: Uint32Array): void {
  if (typeof set === "number") excludeSlot(bits, set, kept);
  else if (Array.isArray(set)) for (const slot of set) excludeSlot(bits, slot, kept);
  else {
    const words = Math.min(bits.length, set.bits.length);
    for (let i = 0; i < words; i++) {
      const lost = (set.bits[i] as number) & ~(kept[i] as number);
      bits[i] = (bits[i] as number) & ~lost;
    }
  }
}

function excludeSlot(bits: Uint32Array, slot: number, kept: Uint32Array): void {
  const word = slot >>> 5;
  const wanted = (kept[word] as number) | ~(1 << (slot & 31));
  bits[word] = (bits[word] as number) & wanted;
}

function addBit(dense: { bits: Uint32Array; count: number }, slot: number): void {
  const words = wordsFor(slot + 1);
  if (dense.bits.length < words) {
    const grown = new Uint32Array(Math.max(words, dense.bits.length * 2));
    grown.set(dense.bits);
    dense.bits = grown;
  }
  const before = dense.bits[slot >>> 5] as number;
  setBit(dense.bits, slot);
  if (dense.bits[slot >>> 5] !== before) dense.count += 1;
}

function setBit(bits: Uint32Array, slot: number): void {
  bits[slot >>> 5] = (bits[slot >>> 5] as number) | (1 << (slot & 31));
}

export function clear(bits: Uint32Array, words: number): void {
  for (let i = 0; i < words; i++) bits[i] = 0;
}

export function intersect(bits: Uint32Array, other: Uint32Array, words: number): void {
  for (let i = 0; i < words; i++) bits[i] = (bits[i] as number) & (other[i] as number);
}
