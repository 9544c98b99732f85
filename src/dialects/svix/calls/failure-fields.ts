/** The fields by which calls select failed deliveries to send again. */
import Type from "typebox";
import { FAILURE_REASONS } from "../../../core/delivery/failure-reasons.ts";
import { instantIn } from "../../request-schema.ts";
import { nullable } from "./document-fields.ts";

export const failedSince = instantIn("Selects deliveries that failed at or after this time.");

export const failureReasons = Type.Optional(
  nullable(
    Type.Array(Type.Enum([...FAILURE_REASONS]), {
      minItems: 1,
      maxItems: FAILURE_REASONS.length,
      description:
        "Selects deliveries that failed for one of these reasons: the end of the delivery, or its last attempt.",
    }),
  ),
);
