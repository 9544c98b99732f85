/** A page that uses every hook of `svix-react` and keeps the latest value of each for the test. */
import { createRoot } from "react-dom/client";
import {
  SvixProvider,
  useAttemptedMessages,
  useAttemptFunctions,
  useEndpoint,
  useEndpointFunctions,
  useEndpointHeaders,
  useEndpointMessageAttempts,
  useEndpoints,
  useEndpointSecret,
  useEndpointStats,
  useEventTypes,
  useMessage,
  useMessageAttempts,
  useMessageEndpoints,
  useMessages,
  useNewEndpoint,
  useSvix,
} from "svix-react";
import { readGiven } from "./read-given.ts";

type Given = {
  readonly token: string;
  readonly serverUrl: string;
  readonly app: string;
  readonly endpoint: string;
  readonly message: string;
};

const { token, serverUrl, app, endpoint, message } = readGiven<Given>();
const options = { serverUrl };
const hooks: Record<string, unknown> = {};
Object.assign(window, { hooks });

const HOOKS: readonly [string, () => unknown][] = [
  ["useSvix", useSvix],
  ["useEndpoints", () => useEndpoints({ limit: 2 })],
  ["useEndpoint", () => useEndpoint(endpoint)],
  ["useEndpointSecret", () => useEndpointSecret(endpoint)],
  ["useEndpointFunctions", () => useEndpointFunctions(endpoint)],
  ["useEndpointStats", () => useEndpointStats(endpoint)],
  ["useEndpointHeaders", () => useEndpointHeaders(endpoint)],
  [
    "useEndpointMessageAttempts",
    () => useEndpointMessageAttempts(endpoint, { limit: 3, withMsg: true }),
  ],
  ["useAttemptedMessages", () => useAttemptedMessages(endpoint, { limit: 3 })],
  ["useEventTypes", () => useEventTypes({ limit: 3 })],
  ["useMessages", () => useMessages({ limit: 3 })],
  ["useMessage", () => useMessage(message)],
  ["useMessageEndpoints", () => useMessageEndpoints(message)],
  ["useNewEndpoint", useNewEndpoint],
];

function Probe({ name, use }: { readonly name: string; readonly use: () => unknown }) {
  hooks[name] = use();
  return <li>{name}</li>;
}

function Attempts() {
  const attempts = useMessageAttempts(message, { limit: 3 });
  hooks["useMessageAttempts"] = attempts;
  const [first] = attempts.data ?? [];
  return first === undefined ? null : (
    <Probe name="useAttemptFunctions" use={() => useAttemptFunctions(first)} />
  );
}

const root = document.createElement("ul");
document.body.append(root);
createRoot(root).render(
  <SvixProvider token={token} appId={app} options={options}>
    {HOOKS.map(([name, use]) => (
      <Probe key={name} name={name} use={use} />
    ))}
    <Attempts />
  </SvixProvider>,
);
