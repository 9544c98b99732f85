/** Words of sign-in, apps, audit and refusals. */
export const accessWords = {
  adminToken: "Admin token",
  signOutEverywhere: "Sign out everywhere",
  notSignedOut: "The server did not end the session. Try again.",
  plainHttp:
    "This page is not encrypted. The session reaches every port of this host, and others on the way can read it. Use HTTPS.",
  endedLink: "The link was used before or has expired. Sign in with a token.",
  apps: {
    none: "There are no apps yet.",
    noneHint: "Make one for each customer of your platform.",
    make: "Make an app",
    name: "Name",
    uid: "Uid",
    uidHint: "Your own id of the app. It is optional and unique.",
    made: "Made",
    isTest: "test",
    portal: "Portal link",
    portalFor: (name: string) => `Portal link for ${name}`,
    portalHint: "The link works once, within an hour. Its user sees only this app.",
    rights: "Rights",
    readOnly: "Read only",
    allRights: "Everything",
    expiry: "Lasts",
    hour: "One hour",
    day: "One day",
    week: "Seven days",
    copyLink: "Copy link",
    copied: "The link is copied.",
  },
  audit: {
    answer: "Every change of configuration and every replay, kept for 400 days.",
    none: "Nothing was changed yet.",
    time: "Time",
    who: "Who",
    verb: "Call",
    app: "App",
    changed: "Changed",
    from: "From",
    actor: "Actor's id",
    appId: "App's id",
    server: "the server",
  },
  refused: {
    answer: (count: number) =>
      count === 0
        ? "This node has refused no publish since its start."
        : `This node has refused ${count} publishes; it keeps the last 1,000.`,
    none: "No refused publishes.",
    key: "Key",
    reason: "Reason",
    field: "Field",
  },
} as const;
