/**
 * F36, for I4: client certificates whose handshakes take the event loop. RSA beyond 4096 bits is refused.
 * With RSA 4096 ten endpoints of one application get 1,000 deliveries at once. Their receiver keeps no
 * connection and resumes no session. The victim is not affected.
 */
import { test, type TestContext } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { skipWithoutOpenssl } from "../net/tls-receiver.ts";
import { prepareCostlyHandshakes, RECEIVER_NAME } from "./harness/costly-handshakes.ts";
import { measureAttack } from "./harness/measure-attacks.ts";
import { assertHarmed, assertUnharmed, victimText } from "./harness/victim.ts";

const PUBLISHES = 100;

/** The budget allows all handshakes at once. */
const UNBOUNDED: readonly Edit[] = [
  {
    file: "src/net/connect/handshake-limit.ts",
    from: "perSecondMs: LIMITS.handshakeTime.value, atOnceMs: 25",
    to: "perSecondMs: 1e9, atOnceMs: 1e9",
  },
  {
    file: "src/net/connect/handshake-limit.ts",
    from: "perSecondMs: LIMITS.handshakeTimeInAll.value, atOnceMs: 50",
    to: "perSecondMs: 1e9, atOnceMs: 1e9",
  },
];

const options = { skip: skipWithoutOpenssl };

test("F36 handshakes with client keys do not affect another application", options, async (t) => {
  assertUnharmed(await attacked(t));
});

test(
  "F36 control: without their budget the same handshakes slow every application",
  options,
  async (t) => {
    using copy = temporaryFolder();
    const figures = await attacked(t, copyProgram(copy.path, UNBOUNDED));
    assertHarmed(figures, ["slow"]);
  },
);

async function attacked(t: TestContext, program?: string) {
  using folder = temporaryFolder();
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32,${RECEIVER_NAME}`,
    },
    ...(program === undefined ? {} : { program }),
  });
  await using prepared = await prepareCostlyHandshakes(server);
  const { figures } = await measureAttack(server, prepared, { publishes: PUBLISHES });
  t.diagnostic(victimText(figures));
  return figures;
}
