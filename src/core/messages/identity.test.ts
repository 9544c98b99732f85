import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AT,
  CONTACT,
  LINE,
  openRegister,
  progress,
  toEndpoint,
  toEvent,
} from "../../../test/contract/decide.ts";
import {
  createIdPairs,
  createPersons,
  NUMBERS,
  STEPS,
  toPersonEvent,
  USER_IDS,
  type PersonStep,
} from "../../../test/contract/persons.ts";
import { fc } from "../../../test/harness/property.ts";

const [USER, PARENT] = USER_IDS;

function text(id: string, fields: object, more: object = {}) {
  const message = { id, channel: "whatsapp", to: LINE, text: "Hello", ...fields };
  return toEvent("message.received", { message }, more);
}

function openInTime() {
  let now = AT;
  return openRegister([toEndpoint()], () => ++now);
}

test("in any order of numbers and user ids, contacts and opt-outs are those of the model", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 25 }), (steps) => {
      const app = openInTime();
      const persons = createPersons();
      const isSame = createIdPairs();
      for (const step of steps) {
        const expected = persons.take(step);
        const { type, payloadText } = toPersonEvent(step);
        const event = toEvent(type, JSON.parse(payloadText) as object, { derive: false });
        if (expected === null) {
          const before = JSON.stringify([...app.contacts, ...app.conversations, ...app.aliases]);
          assert.equal(app.refuse(event).code, "conflict");
          const after = JSON.stringify([...app.contacts, ...app.conversations, ...app.aliases]);
          assert.equal(after, before);
          continue;
        }
        const { contact, conversation } = app.accept(event).snapshot;
        assert.equal(contact?.number, expected.address);
        assert.equal(conversation?.optedOut, expected.optedOut);
        assert.ok(isSame("contact", expected.contact, contact.contactId), "contactId");
        assert.ok(isSame("conversation", expected.conversation, conversation.fingerprint), "fp");
      }
      // Each alias leads to a contact, and each contact with a user id has its alias.
      for (const [userId, address] of app.aliases) {
        assert.ok(app.contacts.get(address)?.userIds?.includes(userId), userId);
      }
    }),
    { numRuns: 400 },
  );
});

test("a person without a number is a contact by the user id, and gets the number later", () => {
  const app = openInTime();
  const first = app.accept(text("in-1", { from: USER })).snapshot;
  assert.deepEqual([first.contact?.number, first.contact?.userIds], [USER, [USER]]);
  assert.equal(first.message?.from, USER);
  const both = app.accept(text("in-2", { from: CONTACT, fromUserId: USER }));
  assert.equal(both.snapshot.contact?.contactId, first.contact?.contactId);
  assert.equal(both.snapshot.conversation?.fingerprint, first.conversation?.fingerprint);
  assert.deepEqual(both.derived, []);
  assert.deepEqual([...app.contacts.keys()], [CONTACT]);
  assert.deepEqual([...app.conversations.keys()], [`${LINE} ${CONTACT}`]);
  const third = app.accept(text("in-3", { from: USER })).snapshot;
  assert.equal(third.contact?.contactId, first.contact?.contactId);
  // Every API shows the number as soon as it is known.
  assert.equal(third.message?.from, CONTACT);
  assert.equal(app.messages.get("in-3")?.from, CONTACT);
});

test("a report by the id of a message finds the person who has a number by now", () => {
  const app = openInTime();
  const message = { id: "out-1", channel: "whatsapp", from: LINE, to: USER, text: "Hi" };
  const id = app.accept(toEvent("message.sent", { message })).snapshot.contact?.contactId;
  app.accept(text("in-1", { from: CONTACT, fromUserId: USER }));
  const { contact } = app.accept(progress("out-1", "sent")).snapshot;
  assert.deepEqual([contact?.contactId, contact?.number], [id, CONTACT]);
});

test("the own event of a message may name the number of a person whose report had the user id only", () => {
  const app = openInTime();
  const whole = { channel: "whatsapp", from: LINE, to: USER };
  const { message: reported } = app.accept(progress("out-1", "sent", whole)).snapshot;
  const own = { id: "out-1", ...whole, to: CONTACT, toUserId: USER, text: "Hi" };
  const { message } = app.accept(toEvent("message.sent", { message: own })).snapshot;
  assert.deepEqual([message?.to, message?.text], [CONTACT, "Hi"]);
  assert.equal(message?.snowflake, reported?.snowflake);
});

test("two contacts that are one person keep the older contactId, and fields that only the younger one has", () => {
  for (const isNumberOlder of [true, false]) {
    const app = openInTime();
    const named = () =>
      app.accept(
        toEvent("contact.created", {
          contact: { number: CONTACT, lastName: "Byron", tags: ["a"] },
        }),
      );
    const user = () =>
      app.accept(
        toEvent("contact.created", {
          contact: { number: USER, firstName: "Ada", lastName: "King", tags: ["b"] },
        }),
      );
    const [older] = isNumberOlder ? [named(), user()] : [user(), named()];
    const payload = { contact: { number: CONTACT, userId: USER } };
    const { contact } = app.accept(toEvent("contact.updated", payload)).snapshot;
    assert.equal(contact?.contactId, older?.snapshot.contact?.contactId);
    assert.deepEqual(
      [contact?.firstName, contact?.lastName, contact?.tags],
      ["Ada", isNumberOlder ? "Byron" : "King", [isNumberOlder ? "a" : "b"]],
    );
    assert.deepEqual([...app.contacts.keys()], [CONTACT]);
  }
});

test("a contact with a user id derives contact.created once, with both addresses", () => {
  const app = openInTime();
  const [made] = app.accept(text("in-1", { from: CONTACT, fromUserId: USER })).derived;
  assert.equal(
    made?.payloadText,
    `{"contact":{"number":"${CONTACT}","userId":"${USER}"},"channel":"whatsapp"}`,
  );
  assert.deepEqual(app.accept(text("in-2", { from: USER })).derived, []);
  const other = app.accept(text("in-3", { from: PARENT })).derived[0];
  assert.equal(other?.payloadText, `{"contact":{"number":"${PARENT}"},"channel":"whatsapp"}`);
});

test("a STOP by the user id holds for the number, and an UNSTOP by the number for the user id", () => {
  const app = openInTime();
  app.accept(text("in-1", { from: CONTACT }));
  app.accept(text("in-2", { from: USER, text: "STOP" }));
  assert.equal(app.accept(text("in-3", { from: CONTACT })).snapshot.conversation?.optedOut, false);
  const both = app.accept(text("in-4", { from: CONTACT, fromUserId: USER }));
  assert.equal(both.snapshot.conversation?.optedOut, true);
  app.accept(text("in-5", { from: CONTACT, text: "UNSTOP" }));
  assert.equal(app.accept(text("in-6", { from: USER })).snapshot.conversation?.optedOut, false);
});

test("a user id of another number is refused, and so is the ninth user id of one contact", () => {
  const app = openInTime();
  app.accept(text("in-0", { from: CONTACT, fromUserId: USER }));
  const refused = app.refuse(text("in-1", { from: NUMBERS[1], fromUserId: USER }));
  assert.deepEqual([refused.code, refused.path], ["conflict", ["payload"]]);
  assert.ok(!refused.message.includes(CONTACT));
  for (let n = 1; n < 8; n++) {
    app.accept(text(`m-${n}`, { from: CONTACT, fromUserId: `US.00000000${n}` }));
  }
  const ninth = app.refuse(text("m-8", { from: CONTACT, fromUserId: "US.000000008" }));
  assert.equal(ninth.code, "limit_reached");
  assert.match(ninth.message, /8 user ids.*user_ids_per_contact/s);
  assert.equal(app.contacts.get(CONTACT)?.userIds?.length, 8);
});

test("an example event joins nothing", () => {
  const app = openInTime();
  app.accept(text("in-1", { from: CONTACT }));
  app.accept(text("in-2", { from: USER }));
  const example = { onlyEndpointId: "ep_all" };
  app.accept(text("in-3", { from: CONTACT, fromUserId: USER }, example));
  assert.deepEqual([...app.contacts.keys()], [CONTACT, USER]);
  assert.equal(app.aliases.get(USER), USER);
  app.accept(text("in-4", { from: CONTACT, fromUserId: USER }));
  // The example in the documentation may name a user id that the application knows.
  app.accept(text("in-5", { from: NUMBERS[1], fromUserId: USER }, example));
  assert.deepEqual([...app.contacts.keys()], [CONTACT]);
});

test("the model refuses, joins and separates", () => {
  const persons = createPersons();
  const step = (number: string | null, userId: string | null): PersonStep => ({
    line: LINE,
    number,
    userId,
    optOut: null,
  });
  assert.notEqual(persons.take(step(CONTACT, USER)), null);
  assert.equal(persons.take(step(NUMBERS[1], USER)), null);
  assert.equal(persons.take(step(null, USER))?.address, CONTACT);
});
