/** The forms of usernames and passwords of lines. */
export const USERNAME = {
  min: 1,
  max: 128,
  form: /^[^\s\p{Cc}]+$/u,
  meaning: "a text without spaces or control characters",
} as const;

export const PASSWORD = { min: 1, max: 256 } as const;
