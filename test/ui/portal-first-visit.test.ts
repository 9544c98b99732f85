/** A customer without an endpoint: from the link to the portal to a tested endpoint and code that verifies. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../harness/server.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { visitTest, type VisitTest } from "./harness/visit-test.ts";

const CODE = join(import.meta.dirname, "../../ui/pages/verify/code");
const TITLE = "Receive your first event";

async function openPortal({ page, server }: VisitTest, rights: object = {}): Promise<void> {
  await call(server.url, "POST", "/app", { uid: "blue-door", name: "The Blue Door" });
  const { body } = await call(server.url, "POST", "/auth/app-portal-access/blue-door", rights);
  await page.goto(String(body["url"]));
  await page.getByRole("heading", { name: "Endpoints" }).waitFor();
}

visitTest(
  "a customer adds an endpoint, tests it and copies the code that verifies",
  async (opened) => {
    const { page, server, receiver, click, clicks } = opened;
    await openPortal(opened);
    await page.getByRole("heading", { name: TITLE }).waitFor();
    await page.getByLabel("URL", { exact: true }).fill(`${receiver.url}/in`);
    await click(page.getByLabel("message.progress", { exact: true }));
    await page.getByRole("region", { name: "Example of message.progress" }).waitFor();
    await page.getByText("1 type is chosen.").waitFor();
    await click(page.getByRole("button", { name: "Add", exact: true }));
    assert.equal(
      await page.getByLabel("Event type", { exact: true }).inputValue(),
      "message.progress",
    );
    assert.equal(clicks(), 2, "an endpoint with its types takes two clicks and typing");
    await click(page.getByRole("button", { name: "Send", exact: true }));
    await page.getByRole("region", { name: "Answer" }).getByText("200").waitFor();
    assert.equal(receiver.receipts[0]?.headers["hookline-event-type"], "message.progress");
    await click(page.getByRole("link", { name: "Next: verify the signature in your code" }));
    await click(page.getByRole("tab", { name: "Go", exact: true }));
    await click(page.getByRole("button", { name: "Copy for Go" }));
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    assert.equal(copied, readFileSync(join(CODE, "verify.go"), "utf8"));
    assert.equal(clicks(), 6);
    const { body } = await call(server.url, "GET", "/app/blue-door/endpoint");
    const [made] = body["data"] as readonly { id: string; eventTypes: readonly string[] }[];
    assert.deepEqual(made?.eventTypes, ["message.progress"]);
    const { body: secret } = await call(
      server.url,
      "GET",
      `/app/blue-door/endpoint/${made?.id}/secret`,
    );
    assert.ok(!(await page.content()).includes(String(secret["key"])), "the page has no secret");
  },
);

visitTest("a customer needs no mouse for the same way", async (opened) => {
  const { page, receiver } = opened;
  await openPortal(opened);
  await page.getByLabel("URL", { exact: true }).focus();
  await page.keyboard.type(receiver.url);
  await page.keyboard.press("Enter");
  await page.getByLabel("Payload").waitFor();
  await page.getByLabel("Payload").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Answer" }).getByText("200").waitFor();
  await page.getByRole("tab", { name: "Test" }).focus();
  for (const name of ["Settings", "TLS", "Secret", "Verify"]) {
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name, selected: true }).waitFor();
  }
  await page.getByRole("tab", { name: "Node", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("region", { name: "Python" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.match(String(await page.evaluate("navigator.clipboard.readText()")), /def is_genuine/);
});

visitTest(
  "from the start, a further endpoint and a test take three clicks each",
  async (opened) => {
    const { page, server, receiver, click, clicks } = opened;
    await openPortal(opened);
    const first = { url: `${receiver.url}/first`, uid: "first" };
    await call(server.url, "POST", "/app/blue-door/endpoint", first);
    const start = page
      .getByRole("navigation", { name: "Pages" })
      .getByRole("link", { name: "Endpoints" });
    const add = page.getByRole("link", { name: "Add endpoint" });
    await add.waitFor();
    await click(add);
    await page.getByLabel("URL", { exact: true }).fill(`${receiver.url}/further`);
    await click(page.getByLabel("message.received", { exact: true }));
    await click(page.getByRole("button", { name: "Add", exact: true }));
    await page.getByRole("heading", { name: /further$/ }).waitFor();
    assert.equal(clicks(), 3);
    await start.click();
    await click(page.getByRole("link", { name: /first/ }).first());
    await click(page.getByRole("button", { name: "Send test" }));
    await click(page.getByRole("button", { name: "Send", exact: true }));
    await page.getByRole("region", { name: "Answer" }).getByText("200").waitFor();
    assert.equal(clicks(), 6);
    assert.equal(receiver.receipts.at(-1)?.path, "/first");
  },
);

visitTest("a customer who may only read is told so, and gets no form", async (opened) => {
  const { page } = opened;
  await openPortal(opened, { readOnly: true });
  await page.getByText("There is no endpoint.").waitFor();
  assert.equal(await page.getByLabel("URL", { exact: true }).count(), 0);
});

visitTest(
  "a server for production proposes no receiver on its machine",
  async (opened) => {
    const { page } = opened;
    await openPortal(opened);
    await page.getByText("No server yet? Your events are kept").waitFor();
    assert.equal(await page.getByText("npx hookline listen").count(), 0);
  },
  { command: "serve" },
);

visitTest(
  "the first visit and the code are accessible and fit every width in both themes",
  async (opened) => {
    const { page, receiver } = opened;
    await openPortal(opened);
    await page.getByRole("region", { name: /^Example of/ }).waitFor();
    await assertGoodLooks(page);
    await page.getByLabel("URL", { exact: true }).fill(receiver.url);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("tab", { name: "Verify" }).click();
    await page.getByRole("region", { name: "Node" }).waitFor();
    await assertGoodLooks(page);
  },
);
