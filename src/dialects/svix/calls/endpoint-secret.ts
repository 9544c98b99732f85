/** The secret with which deliveries to an endpoint are signed. */
import Type from "typebox";
import {
  importSigningKey,
  publicKeyText,
  SECRET_OVERLAP,
} from "../../../core/crypto/signing-secret.ts";
import { AppError } from "../../../core/error.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { decryptSecret } from "../../../operations/endpoints/encrypt-endpoint.ts";
import { rotateEndpointSecret } from "../../../operations/endpoints/rotate-endpoint-secret.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { answer, body, DELETING, MAKING, shown } from "./document-fields.ts";
import type { EndpointPlace } from "./endpoint-place.ts";
import { expectsNoContent } from "./sdk-release.ts";

const secretShown = shown("EndpointSecret", {
  key: Type.String({ description: "`whsec_…`, or the public half of a key pair, `whpk_…`." }),
});
const rotateIn = body("EndpointSecretRotateIn", {
  key: Type.Optional(
    Type.String({
      description: "The new secret, of either kind. If omitted, one of the same kind is generated.",
    }),
  ),
  gracePeriodSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: SECRET_OVERLAP.maxMs / 1000,
      description:
        "Seconds for which the old secret still signs beside the new one; 0 ends all older secrets.",
    }),
  ),
});
const EXAMPLE = { key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };

export function createSecretCalls({
  path,
  tag,
  of,
  findEndpoint,
  toPortal,
}: EndpointPlace): readonly Call[] {
  const shared = { tag, access: findEndpoint } as const;
  const secretPath = `${path}/:endpoint/secret`;
  return [
    defineCall({
      ...shared,
      id: `get${of}Secret`,
      portal: toPortal("ViewEndpointSecret"),
      operator: "admin",
      summary: "Get the secret of an endpoint",
      method: "GET",
      path: secretPath,
      answers: {
        200: answer("The secret with which a receiver verifies signatures.", secretShown, EXAMPLE),
      },
      refusals: DELETING,
      handle: ({ context, endpoint }) => secretOut(context, endpoint),
    }),
    defineCall({
      ...shared,
      id: `rotate${of}Secret`,
      portal: toPortal("ManageEndpointSecret"),
      operator: "admin",
      summary: "Rotate the secret of an endpoint",
      description: "At most ten secrets sign at the same time; an eleventh is refused.",
      method: "POST",
      path: `${secretPath}/rotate`,
      idempotent: true,
      body: rotateIn,
      bodyIsOptional: true,
      example: { body: { gracePeriodSeconds: 3600 } },
      answers: {
        200: answer(
          "The new secret, with which receivers verify signatures.",
          secretShown,
          EXAMPLE,
        ),
      },
      refusals: [...MAKING, "limit_reached"],
      async handle({ context, appRef, endpoint, body: given, request, reply, idempotencyKey }) {
        const { key = null, gracePeriodSeconds: seconds } = given;
        const rotated = await rotateEndpointSecret(context, {
          appRef,
          ref: endpoint.endpointId,
          key,
          overlapMs: seconds === undefined ? null : seconds * 1000,
          idempotencyKey: idempotencyKey(),
        });
        if (!expectsNoContent(request.headers["user-agent"])) return secretOut(context, rotated);
        return reply.code(204).send();
      },
    }),
  ];
}

/** For a key pair, only the public half is ever shown: a receiver needs no more. */
function secretOut(context: OperationContext, endpoint: Endpoint): { readonly key: string } {
  const secret = decryptSecret(context, endpoint);
  if (secret === null) throw new AppError("not_found", "The endpoint has no secret.");
  return { key: publicKeyText(importSigningKey(secret)) ?? secret };
}
