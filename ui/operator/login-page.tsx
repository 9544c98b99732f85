/** A one-time link that is opened while a session lasts: its session takes the place of that one. */
import { useEffect } from "react";
import { signIn } from "../api/dashboard-session.ts";
import { openStart, takeLinkKey } from "./link-key.ts";

export function LoginPage() {
  useEffect(() => {
    const key = takeLinkKey();
    // The session that lasts is enough for a link that was used before.
    if (key === null) openStart();
    else signIn({ key }).then(openStart, openStart);
  }, []);
  return null;
}
