/** Facts about the process that answers, which its start knows. */
export type SettingInForce = {
  readonly name: string;
  /** The text of the environment; `set` or `not set` for a secret. */
  readonly value: string;
  /** `command` for a value that the command line relaxes, such as those of `hookline dev`. */
  readonly source: "default" | "environment" | "file" | "command";
  readonly description: string;
};

export type NodeFacts = {
  readonly name: string;
  readonly settings: readonly SettingInForce[];
};
