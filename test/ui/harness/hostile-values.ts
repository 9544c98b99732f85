/**
 * Values that try to run, to reorder or to widen a page. Each ends with the controls of direction, which leave
 * everything after them reversed unless the page isolates them. The letters between are Greek, so that a test
 * can distinguish the page's own letters from these.
 */
export const MARKUP = `<img src="//evil.example/x" onerror="hostileRan=1"><script>hostileRan=1</script>`;
export const SCRIPT_URL = "javascript:hostileRan=1";
/** An override that is never closed, then one behind the end of an isolate that the page may have begun. */
export const REVERSED = "\u202Eαβγδ\u2066εζ\u2069\u2069\u2069\u202Eηθικ";
const HIDDEN = "pay\u200B\u200D\u2060pal\u00AD\uFEFF";
const STYLE = "</style>;}*{display:none} red;background:url(//evil.example/)";
const TEMPLATE =
  "{{constructor.constructor('hostileRan=1')()}} ${hostileRan=1} #{hostileRan=1} %s %0";
const NAMES = "__proto__ constructor";
const STACKED = `a${"\u0301\u0323".repeat(40)}`;

export function toWord(characters: number): string {
  return "W".repeat(characters);
}

/** Everything, with a word of 2,000 characters. */
export const LONG = [
  MARKUP,
  SCRIPT_URL,
  HIDDEN,
  STYLE,
  TEMPLATE,
  NAMES,
  STACKED,
  toWord(2_000),
  REVERSED,
].join(" ");
/** For fields of at most 128 characters. */
export const SHORT = `<img src=x onerror=hostileRan=1>${toWord(60)}${REVERSED}`;
/** An e-mail address may have nearly any character. */
export const ADDRESS = `<img/src=x/onerror=hostileRan=1>${REVERSED}@εζ.ηθ`;
