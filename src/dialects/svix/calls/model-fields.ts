/** Schemas of fields that several of Svix's models share. */
import Type from "typebox";
import { aliasOf, mapOf, refine } from "../../request-schema.ts";
import { nullable, text } from "./document-fields.ts";
import { METADATA_BYTES, METADATA_RULES, RATE, TEXT_RULES, uidRules } from "./model-rules.ts";

const toRate = (description: string) =>
  nullable(Type.Integer({ minimum: RATE.min, maximum: RATE.max, description }));

export const rates = {
  throttleRate: Type.Optional(toRate("Maximum deliveries per second; null means no limit.")),
  rateLimit: aliasOf("throttleRate", toRate),
};

export const metadata = refine(
  mapOf(
    METADATA_RULES,
    text(TEXT_RULES, ""),
    "Key-value pairs of your choice, at most 4096 bytes as JSON.",
  ),
  (given) => Buffer.byteLength(JSON.stringify(given)) <= METADATA_BYTES,
  `must be at most ${METADATA_BYTES} bytes long as JSON`,
);

/** `prefix` is that of the server's ids, which a chosen id must not have. */
export const toUidSchema = (prefix: string) =>
  nullable(
    text(uidRules(prefix), "Your id for the object, which can replace its id in every path."),
  );
