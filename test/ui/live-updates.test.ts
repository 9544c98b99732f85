/** A page that is open shows changes without a reload, by the live stream of its application or of all. */
import assert from "node:assert/strict";
import { pageTest } from "./harness/page-test.ts";

pageTest(
  "a page of one app has the stream of this app, and shows a new event by itself",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const streams: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith("/stream")) streams.push(pathname);
    });
    await openDashboard("/");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByRole("link", { name: "Apps", exact: true }).click();
    const { id: appId, name } = server.app;
    await page.getByRole("table", { name: "Apps" }).getByRole("link", { name }).first().click();
    await page.waitForURL(new RegExp(`/app/${appId}`));
    await page.getByRole("link", { name: "Events", exact: true }).first().click();
    await page.getByRole("table").getByRole("row").nth(1).waitFor();
    const { id } = await server.api.post(`/app/${appId}/msg`, {
      eventType: "message.opted_out",
      payload: { number: "+12065550188", line: "+12065550142" },
    });
    await page
      .getByRole("table")
      .locator(`a[href*="${String(id)}"]`)
      .first()
      .waitFor();
    assert.deepEqual(streams, ["/api/v1/stream", `/api/v1/app/${appId}/stream`]);
  },
);
