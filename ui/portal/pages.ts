/** The pages of the portal. Each is a separate chunk. */
import type { PageRoute } from "../router.tsx";

export const PORTAL_PAGES: readonly PageRoute[] = [
  {
    path: "/endpoints",
    load: async () => (await import("../pages/endpoints-page.tsx")).EndpointsPage,
  },
  {
    path: "/endpoints/new",
    load: async () => (await import("../pages/add-endpoint-page.tsx")).AddEndpointPage,
  },
  {
    path: "/endpoints/$endpoint",
    load: async () => (await import("../pages/endpoint-page.tsx")).EndpointPage,
  },
  { path: "/search", load: async () => (await import("../pages/search-page.tsx")).SearchPage },
  { path: "/", load: async () => (await import("./home-page.tsx")).HomePage },
  { path: "/texts", load: async () => (await import("../pages/texts-page.tsx")).TextsPage },
  { path: "/texts/$text", load: async () => (await import("../pages/text-page.tsx")).TextPage },
  { path: "/events", load: async () => (await import("../pages/events-page.tsx")).EventsPage },
  {
    path: "/events/$event",
    load: async () => (await import("../pages/event-page.tsx")).EventPage,
  },
  { path: "/failed", load: async () => (await import("../pages/failed-page.tsx")).FailedPage },
  {
    path: "/catalog",
    load: async () => (await import("../pages/event-types-page.tsx")).EventTypesPage,
  },
  {
    path: "/catalog/$type",
    load: async () => (await import("../pages/event-type-page.tsx")).EventTypePage,
  },
  { path: "/tasks", load: async () => (await import("../pages/tasks-page.tsx")).TasksPage },
];
