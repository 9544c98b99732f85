/** The fields of an endpoint as texts of a form, and as the body of a call. */
import type { Endpoint } from "./endpoint-types.ts";

export type Form = {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: string;
  readonly channels: string;
  readonly tags: string;
  readonly lines: string;
  readonly throttleRate: string;
  readonly timeoutMs: string;
  readonly retrySchedule: string;
};

export const EMPTY_FORM: Form = {
  url: "",
  description: "",
  eventTypes: "",
  channels: "",
  tags: "",
  lines: "",
  throttleRate: "",
  timeoutMs: "",
  retrySchedule: "",
};

const FIELDS = Object.keys(EMPTY_FORM) as (keyof Form)[];

export function toForm(endpoint: Endpoint): Form {
  return {
    url: endpoint.url,
    description: endpoint.description,
    eventTypes: toLines(endpoint.eventTypes),
    channels: toLines(endpoint.channels),
    tags: toLines(endpoint.tags),
    lines: toLines(endpoint.lines),
    throttleRate: String(endpoint.throttleRate ?? ""),
    timeoutMs: String(endpoint.timeoutMs ?? ""),
    retrySchedule: toLines(endpoint.retrySchedule),
  };
}

/** Numbers that are none stay texts, so that the server refuses them at their field. */
export function toBody(form: Form) {
  return {
    url: form.url.trim(),
    description: form.description,
    eventTypes: toList(form.eventTypes),
    channels: toList(form.channels),
    tags: toList(form.tags),
    lines: toList(form.lines),
    throttleRate: toNumber(form.throttleRate),
    timeoutMs: toNumber(form.timeoutMs),
    retrySchedule: toList(form.retrySchedule)?.map(toNumber) ?? null,
  };
}

/** The fields that differ: another person's change is kept, and so is a number that the server shows in part. */
export function toChanges(before: Form, form: Form): Partial<ReturnType<typeof toBody>> {
  const names = new Set(FIELDS.filter((name) => before[name] !== form[name]));
  return Object.fromEntries(
    Object.entries(toBody(form)).filter(([name]) => names.has(name as keyof Form)),
  );
}

/** The seconds of a schedule, as far as they are numbers. */
export function toWaits(text: string): readonly number[] {
  return (toList(text) ?? []).map(Number).filter((wait) => Number.isFinite(wait) && wait > 0);
}

function toLines(list: readonly (string | number)[] | null | undefined): string {
  return (list ?? []).join("\n");
}

export function toList(text: string): readonly string[] | null {
  const list = text
    .split(/[\n,]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return list.length === 0 ? null : list;
}

function toNumber(text: string): number | string | null {
  if (text.trim() === "") return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
