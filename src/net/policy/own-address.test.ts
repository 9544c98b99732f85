/** I9: an address that the machine gets while the server runs is recognised from the first connection on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { testInNamespace } from "../../../test/net/namespace.ts";
import { createEgressPolicy } from "./address-policy.ts";
import { createConnector } from "../connect/connector.ts";
import { parseEgressAllow } from "./egress-allow.ts";
import { createResolver } from "./resolver.ts";

const OWN = "93.184.216.40";
const OTHER = "93.184.216.34";

testInNamespace(
  "an address that the machine gets after the start is refused as its own",
  import.meta.filename,
  async () => {
    const server = createServer((socket) => socket.resume()).listen(0, "0.0.0.0");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const resolver = createResolver({ servers: ["127.0.0.1:9"] });
    const reached = async (host: string, allow: string, isListener: boolean) => {
      const rules = parseEgressAllow(allow);
      assert.ok(rules.ok);
      const policy = createEgressPolicy({
        allow: rules.rules,
        ownListeners: isListener ? [{ host: "0.0.0.0", port }] : [],
      });
      const connect = createConnector({ policy: () => policy, resolver });
      const target = { secure: false, tlsMinVersion: "1.2", tls: null, host, port } as const;
      return await new Promise<string>((resolve) =>
        connect(target, 2_000, (error, socket) => {
          socket?.destroy();
          const { operatorHint } = (error ?? {}) as { operatorHint?: string };
          resolve(error === null ? "reached" : (operatorHint ?? error.message));
        }),
      );
    };
    run("ip", "address", "add", `${OWN}/32`, "dev", "lo");

    assert.equal(await reached(OTHER, "", false), "reached", "an address of another machine");
    assert.match(await reached(OWN, "", false), /an address of this machine/);
    assert.equal(await reached(OWN, `${OWN}/32`, false), "reached", "the operator allowed it");
    assert.match(await reached(OWN, `${OWN}/32`, true), /this server's own listener/);
    server.close();
    resolver.close();
  },
);

function run(command: string, ...words: readonly string[]): void {
  execFileSync(command, words, { stdio: "pipe" });
}
