/** The protocol between the runner of the SDK story and the drivers of the languages. */

/** Names of one call, newest first. A driver uses the first name that its release has. */
export type SdkRequest =
  | {
      readonly call: readonly string[];
      /** References and bodies in their order, with the names of the API. */
      readonly args: readonly unknown[];
      readonly options?: Readonly<Record<string, unknown>>;
      /** Another token than the driver's. */
      readonly token?: string;
    }
  | {
      readonly verify: {
        readonly secret: string;
        readonly body: string;
        readonly headers: Readonly<Record<string, string>>;
      };
    };

/** `absent`: the release has no such call. `error`: it failed without a response of the server. */
export type SdkAnswer =
  | { readonly value: unknown }
  | { readonly absent: true }
  | { readonly refused: number; readonly text: string }
  | { readonly error: string };
