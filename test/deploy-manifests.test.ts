/** The Kubernetes manifests of deploy/ fit each other and the program. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { openCredentials } from "../src/config/credentials.ts";
import { readSettings } from "../src/config/read-settings.ts";
import { startNativeApi } from "./harness/native-api.ts";

const FOLDER = join(import.meta.dirname, "../deploy");

type Labels = Readonly<Record<string, string>>;
type Selector = { readonly matchLabels: Labels };
type Port = { readonly name: string; readonly containerPort: number };
type Probe = {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
};
type Container = {
  readonly image: string;
  readonly envFrom: readonly Readonly<Record<string, { readonly name: string }>>[];
  readonly env?: readonly unknown[];
  readonly ports: readonly Port[];
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: string[] } } };
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: Readonly<Record<string, unknown>>;
};
type Pod = {
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number };
  readonly topologySpreadConstraints: readonly { readonly labelSelector: Selector }[];
  readonly containers: readonly [Container];
};
type Manifests = {
  readonly ConfigMap: { readonly data: Labels };
  readonly Secret: { readonly stringData: Labels };
  readonly Deployment: {
    readonly spec: {
      readonly replicas: number;
      readonly selector: Selector;
      readonly strategy: { readonly rollingUpdate: Readonly<Record<string, number>> };
      readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod };
    };
  };
  readonly Service: {
    readonly spec: {
      readonly selector: Labels;
      readonly ports: readonly { readonly targetPort: string }[];
    };
  };
  readonly PodDisruptionBudget: {
    readonly spec: { readonly maxUnavailable: number; readonly selector: Selector };
  };
  readonly NetworkPolicy: {
    readonly spec: {
      readonly podSelector: Selector;
      readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
      readonly egress: readonly {
        readonly to: readonly { readonly ipBlock?: { readonly except?: readonly string[] } }[];
      }[];
    };
  };
};
type Manifest = { readonly kind: string; readonly metadata: { readonly name: string } };

const FILES = globSync("*.{yaml,yaml.example}", { cwd: FOLDER });
const MANIFESTS = FILES.flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), "utf8")).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], file);
    return document.toJS() as Manifest;
  }),
);

function all<K extends keyof Manifests>(kind: K): readonly (Manifest & Manifests[K])[] {
  return MANIFESTS.filter((manifest) => manifest.kind === kind) as (Manifest & Manifests[K])[];
}

function only<K extends keyof Manifests>(kind: K): Manifest & Manifests[K] {
  const [first, ...others] = all(kind);
  assert.ok(first !== undefined && others.length === 0, `one ${kind}`);
  return first;
}

const deployment = only("Deployment");
const { template } = deployment.spec;
const pod = template.spec;
const [container] = pod.containers;
/** The environment of the pod, with secrets as an operator creates them. */
const ENVIRONMENT = {
  ...only("ConfigMap").data,
  HOOKLINE_ADMIN_TOKEN: "ad".repeat(24),
  HOOKLINE_SECRET_KEY: "5e".repeat(32),
};

describe("the manifests", () => {
  test("are complete, and each kind has its API version", () => {
    const seen = MANIFESTS.map((manifest) => {
      const { apiVersion } = manifest as Manifest & { readonly apiVersion: string };
      return `${apiVersion} ${manifest.kind} ${manifest.metadata.name}`;
    });
    assert.deepEqual(seen.toSorted(), [
      "apps/v1 Deployment hookline",
      "networking.k8s.io/v1 NetworkPolicy hookline",
      "policy/v1 PodDisruptionBudget hookline",
      "v1 ConfigMap hookline",
      "v1 Secret hookline",
      "v1 Service hookline",
      "v1 Service hookline-admin",
    ]);
  });

  test("select the pods that the Deployment creates", () => {
    const selectors = [
      deployment.spec.selector.matchLabels,
      ...all("Service").map(({ spec }) => spec.selector),
      only("PodDisruptionBudget").spec.selector.matchLabels,
      only("NetworkPolicy").spec.podSelector.matchLabels,
      ...pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector.matchLabels),
    ];
    for (const selector of selectors) {
      assert.ok(Object.keys(selector).length > 0);
      assert.deepEqual({ ...template.metadata.labels, ...selector }, template.metadata.labels);
    }
  });

  test("name ports of the container on which the program listens", () => {
    const named = new Set(container.ports.map(({ name }) => name));
    const used = [
      ...all("Service").flatMap(({ spec }) => spec.ports.map(({ targetPort }) => targetPort)),
      ...only("NetworkPolicy").spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port)),
    ];
    assert.deepEqual(new Set(used), named);
    const { data } = only("ConfigMap");
    const ports = Object.fromEntries(
      container.ports.map((port) => [port.name, port.containerPort]),
    );
    assert.equal(String(ports["http"]), data["HOOKLINE_PORT"]);
    assert.equal(`0.0.0.0:${ports["admin"]}`, data["HOOKLINE_ADMIN_LISTEN"]);
    assert.equal(data["HOOKLINE_HOST"], "0.0.0.0");
  });

  test("set only settings that the program has, and take secrets from the Secret alone", () => {
    const sources = container.envFrom.flatMap((from) => Object.keys(from));
    assert.deepEqual(sources, ["configMapRef", "secretRef"]);
    assert.equal(container.env, undefined);
    const read = readSettings(ENVIRONMENT);
    assert.ok(read.ok, read.ok ? "" : read.problems.join("\n"));
    openCredentials(read.settings);
    assert.doesNotMatch(read.settings.store, /:[^/@]+@/);
    const { stringData } = only("Secret");
    assert.deepEqual(Object.keys(stringData), [
      "HOOKLINE_ADMIN_TOKEN",
      "HOOKLINE_SECRET_KEY",
      "PGPASSWORD",
    ]);
  });

  test("contain no secret, and an unchanged template stops the start", () => {
    const { stringData } = only("Secret");
    assert.deepEqual(new Set(Object.values(stringData)), new Set([""]));
    const { PGPASSWORD, ...settings } = stringData;
    assert.equal(PGPASSWORD, "");
    const read = readSettings({ ...only("ConfigMap").data, ...settings });
    assert.ok(read.ok);
    assert.throws(
      () => openCredentials(read.settings),
      /Set HOOKLINE_ADMIN_TOKEN and HOOKLINE_SECRET_KEY/,
    );
  });

  test("keep Services from writing variables into the environment", () => {
    const links = all("Service").map(({ metadata }) => metadata.name.toUpperCase());
    assert.ok(links.includes("HOOKLINE"), "a Service of this name would be HOOKLINE_PORT");
    assert.equal(readSettings({ ...ENVIRONMENT, HOOKLINE_PORT: "tcp://10.0.0.1:80" }).ok, false);
    assert.equal(pod.enableServiceLinks, false);
  });

  test("replace nodes one by one, and allow each the time that its stop takes", () => {
    assert.ok(deployment.spec.replicas >= 2);
    assert.deepEqual(deployment.spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
    assert.equal(only("PodDisruptionBudget").spec.maxUnavailable, 1);
    const [program, seconds] = container.lifecycle.preStop.exec.command;
    assert.equal(program, "sleep");
    const read = readSettings(ENVIRONMENT);
    assert.ok(read.ok);
    // The listener waits up to the grace period for publishers, and then the engine waits for attempts.
    const stopSeconds = (2 * read.settings.stopGraceMs) / 1000;
    assert.ok(pod.terminationGracePeriodSeconds >= Number(seconds) + stopSeconds + 10);
  });

  test("run without root, on a read-only file system", () => {
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.notEqual(pod.securityContext.runAsUser, 0);
    assert.equal(container.securityContext["readOnlyRootFilesystem"], true);
    assert.equal(container.securityContext["allowPrivilegeEscalation"], false);
  });

  test("let nodes connect to no private address but the database and DNS", () => {
    const world = only("NetworkPolicy").spec.egress.flatMap(({ to }) =>
      to.map((one) => one.ipBlock),
    );
    const except = world.flatMap((block) => block?.except ?? []);
    for (const range of ["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"]) {
      assert.ok(except.includes(range), range);
    }
  });
});

test("the probes request paths that the server answers, and the liveness probe does not use the store", async () => {
  await using api = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
  const urls: Readonly<Record<string, string | null>> = { http: api.url, admin: api.adminUrl };
  const { startupProbe, readinessProbe, livenessProbe } = container;
  for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe]) {
    const answer = await fetch(`${urls[httpGet.port]}${httpGet.path}`);
    assert.equal(answer.status, 200, httpGet.path);
  }
  assert.equal(startupProbe.httpGet.path, "/health");
  assert.equal(readinessProbe.httpGet.path, "/health");
  assert.equal(livenessProbe.httpGet.path, "/health/live");
  const { periodSeconds, timeoutSeconds, failureThreshold } = livenessProbe;
  assert.ok(timeoutSeconds >= 10, "an answer of a busy event loop is waited for");
  assert.ok(periodSeconds * failureThreshold >= 60, "a restart needs a minute without an answer");
});
