/** Thrown inside this folder for a text that is not a filter. `message` completes the sentence "the filter …". */
export class FilterProblem extends Error {
  override name = "FilterProblem";
  /** `at` is the place in the text, counted from 1. */
  constructor(message: string, at: number) {
    super(`${message} (at character ${at})`);
  }
}
