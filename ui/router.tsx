/** Makes the router of a face from its list of pages. Each page is a separate chunk, loaded when it opens. */
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import type { AnyRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { FailedPage, toLazyPage } from "./parts/lazy-page.tsx";
import { NotFound } from "./parts/states.tsx";

export type PageRoute = {
  readonly path: string;
  readonly load: () => Promise<() => ReactNode>;
};

export function createFaceRouter(p: {
  readonly basepath: string;
  readonly shell: () => ReactNode;
  readonly pages: readonly PageRoute[];
}): AnyRouter {
  const root = createRootRoute({ component: p.shell, notFoundComponent: NotFound });
  const routes = p.pages.map(({ path, load }) =>
    createRoute({
      getParentRoute: () => root,
      path,
      component: toLazyPage(load),
    }),
  );
  return createRouter({
    routeTree: root.addChildren(routes),
    basepath: p.basepath,
    parseSearch,
    stringifySearch,
    defaultErrorComponent: FailedPage,
    scrollRestoration: true,
  });
}

/** Every value is a text. The usual parser reads `12065550188` as a number and rounds longer ids. */
function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") params.set(name, value);
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}
