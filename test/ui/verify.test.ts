/** The page that says how the webhooks of an endpoint are verified, for each API. */
import assert from "node:assert/strict";
import { pageTest } from "./harness/page-test.ts";

pageTest(
  "each API says how its webhooks are verified, or that they are not signed",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const { data } = await server.api.get(`/app/${server.app.id}/endpoint`);
    const all = data as readonly { readonly id: string; readonly url: string }[];
    const sentences = {
      "/zipwhip/progress": "Zipwhip's API does not sign webhooks",
      "/sendblue": "in the header sb-signing-secret",
      "/chirp": "Chirp's API does not sign webhooks",
    };
    for (const [ending, sentence] of Object.entries(sentences)) {
      const id = all.find(({ url }) => url.endsWith(ending))?.id;
      await openDashboard(`/app/${server.app.id}/endpoints/${id}?tab=verify`);
      await page.getByText(sentence).waitFor();
      assert.equal(await page.getByRole("tab", { name: "Python" }).count(), 0);
    }
  },
);

pageTest("the code reads the headers that the endpoint sends", async (opened) => {
  const { page, server, openDashboard } = opened;
  const path = `/app/${server.app.id}/endpoint`;
  const body = { url: "https://example.com/svix", signatureHeaders: "svix" };
  const { id } = await server.api.post(path, body);
  await openDashboard(`/app/${server.app.id}/endpoints/${String(id)}?tab=verify&lang=python`);
  const code = page.getByRole("region", { name: "Python" });
  await code.getByText('headers.get("svix-signature"').waitFor();
  assert.doesNotMatch(String(await code.textContent()), /webhook-/);
});
