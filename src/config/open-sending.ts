/** How deliveries are made and sent, the same on the main thread and on each sender thread. */
import { writeSync } from "node:fs";
import { AppError } from "../core/error.ts";
import type { Dialect, DialectSettings } from "../dialects/dialect.ts";
import { createRenderers } from "../dialects/renderers.ts";
import type { EgressPolicy } from "../net/policy/address-policy.ts";
import { createResolver } from "../net/policy/resolver.ts";
import { createSender } from "../net/send.ts";
import { findProxy } from "./egress.ts";
import type { Settings } from "./settings.ts";

const STDERR = 2;

/** The sender, and the way out that other calls to customers' addresses share with it. */
export function openSending(
  settings: Settings,
  { policy, senders }: { readonly policy: EgressPolicy; readonly senders: number },
) {
  const { tlsMinVersion, attemptDetail: keptDetail } = settings;
  const resolver = createResolver();
  const egress = {
    resolver,
    proxy: findProxy(settings),
    ...(settings.egressAddress === "" ? {} : { localAddress: settings.egressAddress }),
  };
  const sender = createSender({ ...egress, policy, tlsMinVersion, keptDetail, senders });
  return {
    egress,
    sender,
    async close() {
      await sender.close();
      resolver.close();
    },
  };
}

export function toRender(settings: DialectSettings): Dialect["render"] {
  const renderers = createRenderers(settings);
  return (snapshot, endpoint, webhookIndex) => {
    const render = renderers.get(endpoint.dialect);
    if (render !== undefined) return render(snapshot, endpoint, webhookIndex);
    throw new AppError("internal", `no dialect is called ${endpoint.dialect}`);
  };
}

/** The failpoint of the engine, when the setting names it. */
export function toFailpoint({ failpoint }: Pick<Settings, "failpoint">): {
  readonly failpoint?: (name: string) => void;
} {
  return failpoint === "after-send-before-record" ? { failpoint: dieAt(failpoint) } : {};
}

function dieAt(failpoint: string): (name: string) => void {
  return (name) => {
    if (name !== failpoint) return;
    writeSync(STDERR, `failpoint ${failpoint}\n`);
    process.kill(process.pid, "SIGKILL");
  };
}
