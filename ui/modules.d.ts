declare module "*.module.css" {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
/** A file of ui/pages/verify/code, as text. */
declare module "code:*" {
  const text: string;
  export default text;
}
/** Every style sheet that the pages of a face may need; scripts/ui-bundle.ts lists them. */
declare module "styles:dashboard" {}
declare module "styles:portal" {}
/** The server's scanner of bytes uses it, in a file that the pages share; they themselves read texts only. */
declare const Buffer: {
  from(
    bytes: ArrayBufferLike,
    at: number,
    length: number,
  ): { toString(encoding: "latin1"): string };
};
