/** What the runner of the SDK story and the drivers of the languages say to each other. */

/** Names of one call, newest first; a driver takes the first that its release has. */
export type SdkRequest =
  | {
      readonly call: readonly string[];
      /** References and bodies in their order, with the names of the wire. */
      readonly args: readonly unknown[];
      readonly options?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly verify: {
        readonly secret: string;
        readonly body: string;
        readonly headers: Readonly<Record<string, string>>;
      };
    };

/** `absent`: the release has no such call. `error`: it failed without an answer of the server. */
export type SdkAnswer =
  | { readonly value: unknown }
  | { readonly absent: true }
  | { readonly refused: number; readonly text: string }
  | { readonly error: string };
