/**
 * A receiver's URL with a user name and a password, in the form that a client sends and the form that is
 * shown.
 */
const ENCODED = { user: "us%40er", password: "p%C3%A4ss" };

const PASSWORD = "päss";
/** The Authorization header that the receiver gets for the URL below. */
export const BASIC = basic("us@er", PASSWORD);
/** The password in each form in which it could leak. */
export const LEAK = /päss|p%C3%A4ss|p\\u00e4ss/i;

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

export function withCredentials(url: string): { readonly given: string; readonly shown: string } {
  const at = (userinfo: string) => url.replace("://", `://${userinfo}@`);
  return { given: at(`${ENCODED.user}:${ENCODED.password}`), shown: at(ENCODED.user) };
}
