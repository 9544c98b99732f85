/** Schemas of fields that several of Svix's models share. */
import Type from "typebox";
import { toAlias, toMapSchema, refine } from "../../request-schema.ts";
import { nullable, text } from "./document-fields.ts";
import { TEXT_RULES, uidRules } from "./model-rules.ts";

/** Reserved prefix of metadata names, such as the mark of an endpoint's dialect. */
const OWN_METADATA = /^(?!hookline\.)/;
const METADATA_BYTES = 4096;
const METADATA_NAME = {
  min: 1,
  max: 256,
  form: OWN_METADATA,
  meaning: "a name that does not start with hookline.",
} as const;

const toRate = (description: string) =>
  nullable(Type.Integer({ minimum: 1, maximum: 65_535, description }));

export const rates = {
  throttleRate: Type.Optional(toRate("Maximum deliveries per second; null means no limit.")),
  rateLimit: toAlias("throttleRate", toRate),
};

export const metadata = refine(
  toMapSchema(
    { max: 100, name: METADATA_NAME },
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
