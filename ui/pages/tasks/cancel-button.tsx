/** Stops a task, or all tasks of a group that have not ended. */
import type { ReactNode } from "react";
import { useChange } from "../../api/reads.ts";
import { useFace } from "../../face.tsx";
import { Button } from "../../parts/button.tsx";
import { useToast } from "../../parts/toast.tsx";
import { taskWords } from "../../words/tasks.ts";
import { words } from "../../words.ts";
import type { Task } from "./task-types.ts";

const OLD_READS = ["GET /api/v1/background-task"] as const;

export function CancelButton(p: {
  readonly tasks: readonly Task[];
  readonly groupId: string | null;
}): ReactNode {
  const { can } = useFace();
  const toast = useToast();
  const one = useChange("POST /api/v1/background-task/{task}/cancel", OLD_READS);
  const all = useChange("POST /api/v1/background-task/group/{group}/cancel", OLD_READS);
  const [first] = p.tasks;
  const isOver = p.tasks.every(({ status }) => status !== "running");
  if (first === undefined || isOver || !can("CreateAttempts")) return null;
  const told = {
    onSuccess: () =>
      toast({ title: p.groupId === null ? taskWords.cancelled : taskWords.groupCancelled }),
    onError: ({ message }: Error) => toast({ title: message, isProblem: true }),
  };
  const cancel = (): void => {
    if (p.groupId === null) one.mutate({ path: { task: first.id } }, told);
    else all.mutate({ path: { group: p.groupId } }, told);
  };
  return (
    <Button disabled={one.isPending || all.isPending} onClick={cancel}>
      {p.groupId === null ? words.cancel : taskWords.cancelAll}
    </Button>
  );
}
