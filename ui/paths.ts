/**
 * Every page that both faces have, as a link. The dashboard's pages of an app have the app in their path; the
 * portal's have none. All values of a search are texts, so no id of 64 bits is ever read as a number.
 */
export type Search = Readonly<Record<string, string | undefined>>;
export type Target = {
  readonly to: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Search;
};

export type AppPaths = {
  readonly texts: (search?: Search) => Target;
  readonly text: (ref: string, search?: Search) => Target;
  readonly events: (search?: Search) => Target;
  readonly event: (id: string, search?: Search) => Target;
  readonly endpoints: (search?: Search) => Target;
  readonly endpoint: (id: string, search?: Search) => Target;
  readonly tasks: (search?: Search) => Target;
  readonly failed: (search?: Search) => Target;
};

/** Links to the pages of one app of the dashboard, or of the portal's app when it is null. */
export function pathsOf(app: string | null): AppPaths {
  const base = app === null ? "" : "/app/$app";
  const own = app === null ? {} : { app };
  const list =
    (name: string) =>
    (search: Search = {}): Target => ({ to: `${base}/${name}`, params: own, search });
  const one =
    (name: string, param: string) =>
    (id: string, search: Search = {}): Target => ({
      to: `${base}/${name}/$${param}`,
      params: { ...own, [param]: id },
      search,
    });
  return {
    texts: list("texts"),
    text: one("texts", "text"),
    events: list("events"),
    event: one("events", "event"),
    endpoints: list("endpoints"),
    endpoint: one("endpoints", "endpoint"),
    tasks: list("tasks"),
    // In the dashboard the app is one of the page's filters.
    failed: (search = {}) => ({
      to: "/failed",
      search: app === null ? search : { app, ...search },
    }),
  };
}
