/** Who is signed in, and the ways to sign out. */
import CircleUser from "lucide-react/icons/circle-user";
import { useQueryClient } from "@tanstack/react-query";
import { signOut } from "../api/dashboard-session.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { Menu } from "../parts/menu.tsx";
import { useToast } from "../parts/toast.tsx";
import { accessWords } from "../words/access.ts";
import { words } from "../words.ts";

export function AccountMenu() {
  const { name, role } = useFace().session;
  const client = useQueryClient();
  const note = useToast();
  const who = name ?? accessWords.adminToken;
  const leave = async (isEverywhere: boolean): Promise<void> => {
    try {
      await signOut(isEverywhere);
      await client.resetQueries();
    } catch {
      note({ title: accessWords.notSignedOut, isProblem: true });
    }
  };
  return (
    <Menu
      align="end"
      trigger={
        <Button
          look="quiet"
          aria-label={`${words.signedInAs} ${who}`}
          icon={<CircleUser size={15} aria-hidden />}
        />
      }
      groups={[
        {
          label: `${who}, ${role}`,
          items: [
            { label: words.signOut, run: () => void leave(false) },
            { label: accessWords.signOutEverywhere, run: () => void leave(true) },
          ],
        },
      ]}
    />
  );
}
