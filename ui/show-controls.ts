/**
 * Controls of direction in text of others. An element is isolated by its style. A control that ends an isolate also
 * ends that one, and then the text moves among its neighbours.
 */
const CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

/** Shows the controls as escapes, for names, ids, and values within a sentence or a JSON text. */
export function showControls(text: string): string {
  return text.replaceAll(
    CONTROLS,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const BEGINS_EMBEDDING = "\u202A\u202B\u202D\u202E";
const BEGINS_ISOLATE = "\u2066\u2067\u2068";
const ENDS_EMBEDDING = "\u202C";
const ENDS_ISOLATE = "\u2069";

/** Leaves out each end without a beginning, and ends all that begins. The words of a person keep their direction. */
export function balanceControls(text: string): string {
  if (text.search(CONTROLS) === -1) return text;
  const open: string[] = [];
  const kept = text.replaceAll(CONTROLS, (control) => {
    if (BEGINS_EMBEDDING.includes(control)) open.push(ENDS_EMBEDDING);
    else if (BEGINS_ISOLATE.includes(control)) open.push(ENDS_ISOLATE);
    else if (open.at(-1) === control) open.pop();
    else return "";
    return control;
  });
  return kept + open.toReversed().join("");
}
