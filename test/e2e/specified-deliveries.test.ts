/**
 * The deliveries that the specification documents print, with the values that a publisher can supply.
 * `specified-requests.test.ts` has the other examples of the documents.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startNativeApi } from "../harness/native-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import { openZipwhipLine } from "../harness/zipwhip-line.ts";

/** The keys of a JSON object in their order, with the type of each value. */
function toShape(text: string): readonly string[] {
  return Object.entries(JSON.parse(text) as object).map(([name, value]) =>
    value === null ? `${name}: null` : `${name}: ${typeof value}`,
  );
}

describe("documents 001 and 002, deliveries", () => {
  const generations = [
    {
      generation: "2015",
      line: "+14257772300",
      contentType: "application/json; charset=UTF-8",
      printed: `{"body":"Thanks for texting, this is an auto reply!","bodySize":42,"visible":true,
        "hasAttachment":false,"dateRead":null,"bcc":null,"finalDestination":"4257772300",
        "messageType":"MO","deleted":false,"statusCode":4,"id":634151298329219072,
        "scheduledDate":null,"fingerprint":"132131532","messageTransport":9,
        "contactId":3382213402,"address":"ptn:/4257772222","read":false,
        "dateCreated":"2015-08-19T16:53:45-07:00","dateDeleted":null,"dateDelivered":null,
        "cc":null,"finalSource":"4257772222","deviceId":299538202}`,
      contact: "+14257772222",
      text: "Thanks for texting, this is an auto reply!",
      at: "2015-08-19T16:53:45-07:00",
    },
    {
      generation: "2020",
      line: "+12068163958",
      contentType: "application/json;charset=UTF-8",
      printed: `{"body":"Hello World","bodySize":11,"address":"ptn:/+12063996756",
        "finalSource":"+12063996756","finalDestination":"+12068163958","messageType":"MO",
        "fingerprint":"1514465037","id":1327295480212647936,"cc":null,"visible":true,
        "read":false,"bcc":null,"contactId":14543967707,"scheduledDate":null,
        "deviceId":377265507,"dateDeleted":null,"messageTransport":5,"dateDelivered":null,
        "hasAttachment":false,"dateCreated":"2020-11-13T17:01:17Z","deleted":false,
        "dateRead":null,"statusCode":4,"messageStatus":1003}`,
      contact: "+12063996756",
      text: "Hello World",
      at: "2020-11-13T17:01:17Z",
    },
  ] as const;

  for (const { generation, line, contact, text, at, printed, contentType } of generations) {
    test(`POST /message/receive of the ${generation} generation`, async () => {
      await using receiver = await startReceiver();
      await using open = await startNativeApi();
      const owner = (await open.svix.application.create({ name: "Documents" })).id;
      const opened = await openZipwhipLine(open, {
        app: owner,
        number: line,
        payloadGeneration: generation,
      });
      const url = `${receiver.url}/message/receive`;
      await opened.done("/webhook/add", { type: "message", event: "receive", url });
      await open.svix.message.create(owner, {
        eventType: "message.received",
        payload: {
          message: { id: "in-1", channel: "sms", from: contact, to: line, text, receivedAt: at },
        },
      });
      await receiver.until(() => receiver.receipts.length === 1);
      const [receipt] = receiver.receipts;
      assert.ok(receipt !== undefined);
      assert.equal(`${receipt.method} ${receipt.path}`, "POST /message/receive");
      assert.equal(receipt.headers["content-type"], contentType);
      assert.deepEqual(toShape(receipt.body), toShape(printed));
      const [given, expected] = [receipt.body, printed].map(
        (json) => JSON.parse(json) as Record<string, unknown>,
      ) as [Record<string, unknown>, Record<string, unknown>];
      // Values that the server assigns, and the carrier's values, which a publisher cannot supply.
      const own = ["id", "fingerprint", "contactId", "deviceId", "messageTransport"];
      for (const name of Object.keys(expected).filter((key) => !own.includes(key))) {
        assert.deepEqual(given[name], expected[name], name);
      }
    });
  }

  test("POST /optout/change", async () => {
    await using receiver = await startReceiver();
    await using open = await startNativeApi();
    const owner = (await open.svix.application.create({ name: "Documents" })).id;
    const [line, contact] = ["+12068163958", "+12063996756"];
    const opened = await openZipwhipLine(open, { app: owner, number: line });
    const url = `${receiver.url}/optout/change`;
    await opened.done("/webhook/add", { type: "optout", event: "change", url });
    const receivedAt = "2019-11-15T19:34:23+00:00";
    await open.svix.message.create(owner, {
      eventType: "message.received",
      payload: {
        message: { id: "in-1", channel: "sms", from: contact, to: line, text: "Stop", receivedAt },
      },
    });
    await receiver.until(() => receiver.receipts.length === 1);
    const body = receiver.receipts[0]?.body ?? "";
    const messageId = /"messageId":"(\d+)"/.exec(body)?.[1];
    assert.equal(
      body,
      `{"messageBody":"Stop","line":"+12068163958","contact":"+12063996756",` +
        `"messageId":"${messageId}","type":"STOP","eventDate":"2019-11-15T19:34:23+00:00"}`,
    );
  });
});
