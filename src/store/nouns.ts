/** The methods of one noun of the store, from lists of calls such as `apps.get`. */

/** Each is answered with a promise. */
export type Noun<Lists, Name extends string> = {
  [
    Key in keyof Lists as Key extends `${Name}.${infer Method}` ? Method : never
  ]: Lists[Key] extends (context: never, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Promise<Awaited<Result>>
    : never;
};

/** `run` is given the name of the call and its parameters. */
export function toMethods<Lists extends object, Name extends string>(
  lists: Lists,
  name: Name,
  run: (call: string, params: unknown) => Promise<unknown>,
): Noun<Lists, Name> {
  const prefix = `${name}.`;
  const calls = Object.keys(lists).filter((call) => call.startsWith(prefix));
  return Object.fromEntries(
    calls.map((call) => [call.slice(prefix.length), (params: unknown) => run(call, params)]),
  ) as Noun<Lists, Name>;
}
