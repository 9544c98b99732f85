import { createHmac, timingSafeEqual } from "node:crypto";

const KEY = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");
if (KEY.length < 24) throw new Error("WEBHOOK_SECRET is not a signing secret");

// headers: an object with names in lower case, such as request.headers.
// body: the bytes of the body as they came, before any parser.
export function isGenuine(headers, body) {
  const sentAt = headers["webhook-timestamp"] ?? "";
  if (!/^\d{1,12}$/.test(sentAt)) return false;
  if (Math.abs(Date.now() / 1000 - Number(sentAt)) > 300) return false;
  const hmac = createHmac("sha256", KEY);
  hmac.update(`${headers["webhook-id"]}.${sentAt}.`).update(body);
  const expected = Buffer.from(`v1,${hmac.digest("base64")}`);
  const given = (headers["webhook-signature"] ?? "").split(" ");
  return given.some((one) => isSame(Buffer.from(one), expected));
}

function isSame(one, other) {
  return one.length === other.length && timingSafeEqual(one, other);
}
