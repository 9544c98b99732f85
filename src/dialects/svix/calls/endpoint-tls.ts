/** The TLS configuration of an endpoint of any dialect. Svix has no call for it. */
import Type from "typebox";
import {
  clearEndpointTls,
  setEndpointTls,
  showEndpointTls,
} from "../../../operations/endpoints/set-endpoint-tls.ts";
import type { ShownTls } from "../../../operations/endpoints/set-endpoint-tls.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import {
  answer,
  body,
  CHANGING,
  DELETING,
  instant,
  NOTHING,
  nullable,
  shown,
  text,
} from "./document-fields.ts";
import { loadEndpoint } from "./endpoint-access.ts";

const PEM_RULES = { min: 1, max: 65_536 } as const;
const VERSION_RULES = { form: /^1\.[0-3]$/, meaning: "1.0, 1.1, 1.2 or 1.3" } as const;

/** A CA certificate made for this page. Its key no longer exists. */
const EXAMPLE_PEM = `-----BEGIN CERTIFICATE-----
MIIBVTCB+6ADAgECAgEBMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMMDkJsdWUgRG9v
ciByb290MCAXDTIwMDEwMTAwMDAwMFoYDzIwNzAwMTAxMDAwMDAwWjAZMRcwFQYD
VQQDDA5CbHVlIERvb3Igcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKMq
EuaO81L1kSSvvi6CI1SnudImNEQ5pY2NcMJt/X5Hj34pazl4FDsnp1AmRQ1Qu9+E
+MND5/U3pOPVdEm8poejMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFNwl
psgGhV+WfJQFdHI4QJSju4BtMAoGCCqGSM49BAMCA0kAMEYCIQDSlz9J9rUJ2Ohn
UefzqQe+MkTL7OWLjPPHiUEWGZx8dwIhAPs/tqIY2NqWJ66zvlS9VaVRgw/BLnWw
xWR3/wRP18O2
-----END CERTIFICATE-----
`;

const tlsIn = body("EndpointTlsIn", {
  clientCert: Type.Optional(
    nullable(
      text(PEM_RULES, "The client certificate to present to the receiver, with its chain, as PEM."),
    ),
  ),
  clientKey: Type.Optional(
    nullable(
      text(
        PEM_RULES,
        "The private key of the client certificate as PEM, without a passphrase. It is never shown.",
      ),
    ),
  ),
  ca: Type.Optional(
    nullable(
      text(
        PEM_RULES,
        "Certificate authorities to trust for the receiver's certificate, instead of the public ones, as PEM.",
      ),
    ),
  ),
  minVersion: Type.Optional(
    nullable(text(VERSION_RULES, "Minimum TLS version (default: the server's setting).")),
  ),
});
const certificate = Type.Object({
  subject: Type.String(),
  issuer: Type.String(),
  fingerprint: Type.String({ description: "The SHA-256 fingerprint, in the format of openssl." }),
  notBefore: instant("Start of validity."),
  notAfter: instant("End of validity."),
});
const tlsOut = shown("EndpointTls", {
  minVersion: nullable(
    Type.String({ description: "Minimum TLS version; null means the server's setting." }),
  ),
  clientCert: nullable(
    Type.Array(certificate, { description: "Null without a client certificate." }),
  ),
  ca: nullable(
    Type.Array(certificate, {
      description: "Trusted certificate authorities; null means the public ones.",
    }),
  ),
});
const EXAMPLE_OUT = {
  minVersion: "1.3",
  clientCert: null,
  ca: [
    {
      subject: "CN=Blue Door root",
      issuer: "CN=Blue Door root",
      fingerprint:
        "1C:DC:7D:03:51:B3:F5:B1:60:EC:34:80:55:FB:76:C1:70:57:BD:1F:07:C8:37:AD:F9:EF:F4:3B:27:A3:64:23",
      notBefore: "2020-01-01T00:00:00.000Z",
      notAfter: "2070-01-01T00:00:00.000Z",
    },
  ],
};

const shared = {
  tag: "Endpoint",
  path: "/api/v1/app/:app/endpoint/:endpoint/tls",
  access: loadEndpoint,
} as const;

export const ENDPOINT_TLS_CALLS: readonly Call[] = [
  defineCall({
    ...shared,
    id: "getEndpointTls",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Get the TLS configuration of an endpoint",
    description: "Applies to endpoints of every API. The private key is never shown.",
    method: "GET",
    answers: { 200: answer("The TLS configuration.", tlsOut, EXAMPLE_OUT) },
    refusals: DELETING,
    handle: ({ context, endpoint }) => showEndpointTls(context, endpoint),
  }),
  defineCall({
    ...shared,
    id: "putEndpointTls",
    portal: "ManageEndpoint",
    operator: "operator",
    summary: "Set the client certificate and certificate authorities of an endpoint",
    description:
      "Applies to endpoints of every API. Replaces all four fields. The receiver's certificate is " +
      "always verified; with `ca`, only against these authorities.",
    method: "PUT",
    body: tlsIn,
    example: { body: { ca: EXAMPLE_PEM, minVersion: "1.3" } },
    answers: { 200: answer("The TLS configuration after the change.", tlsOut, EXAMPLE_OUT) },
    refusals: [...CHANGING, "limit_reached"],
    handle({ context, appRef, endpoint, body: given }) {
      const { clientCert = null, clientKey = null, ca = null } = given;
      const minVersion = (given.minVersion ?? null) as ShownTls["minVersion"];
      const tls = { clientCert, clientKey, ca, minVersion };
      return setEndpointTls(context, { appRef, endpoint, tls });
    },
  }),
  defineCall({
    ...shared,
    id: "deleteEndpointTls",
    portal: "ManageEndpoint",
    operator: "operator",
    summary: "Reset the TLS configuration of an endpoint to the server's defaults",
    method: "DELETE",
    answers: NOTHING,
    refusals: DELETING,
    handle: ({ context, appRef, endpoint }) => clearEndpointTls(context, { appRef, endpoint }),
  }),
];
