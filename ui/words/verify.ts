/** The words about telling a genuine webhook from a forged one. */
export const verifyWords = {
  languages: "Languages",
  copy: (language: string) => `Copy for ${language}`,
  copied: "Copied",
  native: (names: string) =>
    `Each request is signed as Standard Webhooks defines it, in the headers ${names}-id, ${names}-timestamp and ${names}-signature. Answer 401 when this code returns false.`,
  secret: "The code reads the endpoint's secret from the environment variable WEBHOOK_SECRET.",
  toSecret: "Go to the secret",
  library:
    "The code needs no package. The libraries of Standard Webhooks and of Svix do the same. A secret that begins with whpk_ is a public key: it needs a library that verifies v1a.",
  next: "Next: verify the signature in your code",
  others: {
    zipwhip:
      "Zipwhip's API does not sign webhooks, so there is nothing to verify in the request. Accept requests over TLS only, from the addresses that the platform publishes, or use a URL with a name and a password: https://user:password@host/.",
    sendblue:
      "Sendblue's API sends the webhook's secret as it is, in the header sb-signing-secret. Compare it in constant time and treat it like a password. A webhook without a secret has no such header.",
    chirp:
      "Chirp's API does not sign webhooks. Give the webhook a header of your own with a secret value, and compare that value in constant time.",
  },
} as const;
