/** A number with its thousands apart. A count that stopped early says so: `10,000+`. */
const FORMAT = new Intl.NumberFormat("en");

export function Count(p: { readonly value: number; readonly isExact?: boolean }) {
  return <span>{toCount(p.value, p.isExact)}</span>;
}

export function toCount(value: number, isExact = true): string {
  return `${FORMAT.format(value)}${isExact ? "" : "+"}`;
}
