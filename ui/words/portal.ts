export const portalWords = {
  signedOut: {
    title: "This page has no session.",
    hint: "Open it again from the place that led here, which makes a new link.",
  },
} as const;
