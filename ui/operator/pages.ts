/** The pages of the dashboard, in the order of the navigation. Each is a separate chunk. */
import type { PageRoute } from "../router.tsx";

export const OPERATOR_PAGES: readonly PageRoute[] = [
  { path: "/search", load: async () => (await import("../pages/search-page.tsx")).SearchPage },
  {
    path: "/app/$app/events",
    load: async () => (await import("../pages/events-page.tsx")).EventsPage,
  },
  {
    path: "/app/$app/events/$event",
    load: async () => (await import("../pages/event-page.tsx")).EventPage,
  },
  { path: "/", load: async () => (await import("./overview-page.tsx")).OverviewPage },
  {
    path: "/endpoints",
    load: async () => (await import("./all-endpoints-page.tsx")).AllEndpointsPage,
  },
  {
    path: "/app/$app/endpoints",
    load: async () => (await import("../pages/endpoints-page.tsx")).EndpointsPage,
  },
  {
    path: "/app/$app/endpoints/new",
    load: async () => (await import("../pages/add-endpoint-page.tsx")).AddEndpointPage,
  },
  {
    path: "/app/$app/endpoints/$endpoint",
    load: async () => (await import("../pages/endpoint-page.tsx")).EndpointPage,
  },
  {
    path: "/app/$app/texts",
    load: async () => (await import("../pages/texts-page.tsx")).TextsPage,
  },
  {
    path: "/app/$app/texts/$text",
    load: async () => (await import("../pages/text-page.tsx")).TextPage,
  },
  { path: "/failed", load: async () => (await import("../pages/failed-page.tsx")).FailedPage },
  { path: "/tasks", load: async () => (await import("../pages/tasks-page.tsx")).TasksPage },
  {
    path: "/app/$app/tasks",
    load: async () => (await import("../pages/tasks-page.tsx")).TasksPage,
  },
  {
    path: "/event-types",
    load: async () => (await import("../pages/event-types-page.tsx")).EventTypesPage,
  },
  {
    path: "/event-types/$type",
    load: async () => (await import("../pages/event-type-page.tsx")).EventTypePage,
  },
  { path: "/apps", load: async () => (await import("./apps-page.tsx")).AppsPage },
  { path: "/app/$app", load: async () => (await import("./app/app-page.tsx")).AppPage },
  { path: "/refused", load: async () => (await import("./refused-page.tsx")).RefusedPage },
  { path: "/audit", load: async () => (await import("./audit-page.tsx")).AuditPage },
  {
    path: "/operator-keys",
    load: async () => (await import("./operator-keys-page.tsx")).OperatorKeysPage,
  },
  {
    path: "/operational-webhooks",
    load: async () => (await import("./operational/operational-page.tsx")).OperationalPage,
  },
  { path: "/system", load: async () => (await import("./system-page.tsx")).SystemPage },
];
