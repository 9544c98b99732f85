/** One endpoint: the sentence of its health, charts, attempts, missed events, a test, its settings and secret. */
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useChange, useRead } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { ReadState, Skeleton } from "../parts/states.tsx";
import { Tabs, type Tab } from "../parts/tabs.tsx";
import { useToast } from "../parts/toast.tsx";
import { toHost } from "../../src/core/delivery/to-host.ts";
import { useSearchState } from "../parts/use-search.ts";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { tlsWords } from "../words/tls.ts";
import { ENDPOINT_READS, StatusActions } from "./endpoint-actions.tsx";
import { EndpointAttempts } from "./endpoint-attempts.tsx";
import { RangeButtons, SeriesCharts, useChartRange } from "./endpoint-charts.tsx";
import { HealthSentence } from "./endpoint-health.tsx";
import { EndpointFailed, EndpointMissed, EndpointReplay } from "./endpoint-replay.tsx";
import { EndpointSecret } from "./endpoint-secret.tsx";
import { EndpointSettings } from "./endpoint-settings.tsx";
import { EndpointTls } from "./endpoint-tls.tsx";
import { EndpointVerify } from "./endpoint-verify.tsx";
import type { Endpoint, EndpointPath } from "./endpoint-types.ts";

/** The catalogue of events with its examples is large, and only the test needs it. */
const EndpointTest = lazy(async () => ({
  default: (await import("./endpoint-test.tsx")).EndpointTest,
}));

const REFETCH_MS = 5_000;
const CHARTS_MS = 30_000;

export function EndpointPage() {
  const { endpoint: id = "" }: { readonly endpoint?: string } = useParams({ strict: false });
  const app = useAppId();
  const paths = useAppPaths();
  const path = { app, endpoint: id };
  const read = useRead(
    "GET /api/v1/app/{app}/endpoint/{endpoint}",
    { path, query: { with_health: true } },
    { refetchMs: REFETCH_MS },
  );
  return (
    <ReadState read={read}>
      {(endpoint) => (
        <>
          <PageHead
            title={endpoint.description === "" ? toHost(endpoint.url) : endpoint.description}
            above={[{ label: endpointWords.title, target: paths.endpoints() }]}
            actions={<EndpointActions path={path} endpoint={endpoint} />}
          >
            <CopyableId id={endpoint.id} />
          </PageHead>
          {endpoint.health !== undefined && <HealthSentence health={endpoint.health} />}
          <EndpointSeries path={path} />
          <EndpointTabs path={path} endpoint={endpoint} />
          <EndpointReplay path={path} health={endpoint.health} />
        </>
      )}
    </ReadState>
  );
}

function EndpointActions({ path, endpoint }: { path: EndpointPath; endpoint: Endpoint }) {
  const { can } = useFace();
  const { setSearch } = useSearchState();
  const { health } = endpoint;
  if (health === undefined) return null;
  const isOff = health.state === "disabled" || health.state === "switched_off";
  return (
    <>
      {can("CreateAttempts") && !isOff && (
        <Button look="primary" onClick={() => setSearch({ tab: "test" })}>
          {endpointWords.sendTest}
        </Button>
      )}
      {isOff && <EnableAndSend path={path} endpoint={endpoint} />}
      <StatusActions {...path} state={health.state} />
    </>
  );
}

/** Enables the endpoint, and then sends the events that it missed since it was disabled. */
function EnableAndSend({ path, endpoint }: { path: EndpointPath; endpoint: Endpoint }) {
  const { can } = useFace();
  const note = useToast();
  const enable = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/enable", ENDPOINT_READS);
  const missed = useChange(
    "POST /api/v1/app/{app}/endpoint/{endpoint}/replay-missing",
    ENDPOINT_READS,
  );
  if (!can("ManageEndpoint") || !can("CreateAttempts")) return null;
  const since = endpoint.health?.since ?? endpoint.createdAt;
  /** The button is gone once the endpoint is enabled, so nothing here depends on it. */
  const run = async (): Promise<void> => {
    try {
      await enable.mutateAsync({ path });
      await missed.mutateAsync({ path, body: { since } });
      note({ title: endpointWords.missedStarted });
    } catch (error) {
      const detail = error instanceof Error ? error.message : "";
      note({ title: endpointWords.notDone, detail, isProblem: true });
    }
  };
  return (
    <Button
      look="primary"
      disabled={enable.isPending || missed.isPending}
      onClick={() => void run()}
    >
      {endpointWords.enableAndSend}
    </Button>
  );
}

function EndpointSeries({ path: { app, endpoint } }: { readonly path: EndpointPath }) {
  const { since, range } = useChartRange();
  const read = useRead(
    "GET /api/v1/app/{app}/stats/series",
    { path: { app }, query: { endpoint_id: endpoint, since } },
    { refetchMs: CHARTS_MS },
  );
  return (
    <>
      <RangeButtons range={range} />
      <ReadState read={read} skeletonRows={4}>
        {(series) => <SeriesCharts series={series} hasBacklog={false} />}
      </ReadState>
    </>
  );
}

function EndpointTabs({ path, endpoint }: { path: EndpointPath; endpoint: Endpoint }) {
  const { can } = useFace();
  const { tabs } = endpointWords;
  const all: readonly (Tab & { readonly isShown?: boolean })[] = [
    {
      id: "attempts",
      label: tabs.attempts,
      content: <EndpointAttempts path={path} status={null} />,
    },
    {
      id: "failed",
      label: tabs.failed,
      content: (
        <>
          <EndpointFailed path={path} />
          <EndpointAttempts path={path} status={2} />
        </>
      ),
    },
    {
      id: "missed",
      label: tabs.missed,
      content: <EndpointMissed />,
      isShown: can("CreateAttempts"),
    },
    {
      id: "test",
      label: tabs.test,
      content: (
        <Suspense fallback={<Skeleton />}>
          <EndpointTest path={path} endpoint={endpoint} />
        </Suspense>
      ),
      isShown: can("CreateAttempts"),
    },
    {
      id: "settings",
      label: tabs.settings,
      content: <EndpointSettings key={endpoint.updatedAt} path={path} endpoint={endpoint} />,
      isShown: can("ManageEndpoint"),
    },
    { id: "tls", label: tlsWords.tab, content: <EndpointTls path={path} /> },
    {
      id: "secret",
      label: tabs.secret,
      content: <EndpointSecret path={path} />,
      isShown: can("ViewEndpointSecret") || can("ManageEndpointSecret"),
    },
    { id: "verify", label: tabs.verify, content: <EndpointVerify endpoint={endpoint} /> },
  ];
  return <Tabs label={endpointWords.endpoint} tabs={all.filter(({ isShown = true }) => isShown)} />;
}
