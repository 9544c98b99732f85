/** The signing secret: shown on request only, copied, and rotated with an overlap of a day. */
import { useState } from "react";
import { useChange, useRead } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { CopyableId } from "../parts/copyable-id.tsx";
import { ReadState } from "../parts/states.tsx";
import { useToast } from "../parts/toast.tsx";
import { endpointWords } from "../words/endpoints.ts";
import type { EndpointPath } from "./endpoint-types.ts";
import styles from "./endpoint-page.module.css";

const OVERLAP_SECONDS = 86_400;

export function EndpointSecret({ path }: { readonly path: EndpointPath }) {
  const { can } = useFace();
  const note = useToast();
  const [isShown, show] = useState(false);
  const { secret: texts } = endpointWords;
  const rotate = useChange("POST /api/v1/app/{app}/endpoint/{endpoint}/secret/rotate", [
    "GET /api/v1/app/{app}/endpoint/{endpoint}/secret",
  ]);
  const canRotate = can("ManageEndpointSecret") || can("ManageEndpoint");
  return (
    <section className={styles["form"]} aria-label={texts.title}>
      {isShown ? (
        <ShownSecret path={path} />
      ) : (
        <div className={styles["buttons"]}>
          <Button onClick={() => show(true)}>{texts.show}</Button>
        </div>
      )}
      {canRotate && (
        <>
          <p className={styles["note"]}>{texts.rotateHint}</p>
          <div className={styles["buttons"]}>
            <Button
              look="danger"
              disabled={rotate.isPending}
              onClick={() =>
                rotate.mutate(
                  { path, body: { gracePeriodSeconds: OVERLAP_SECONDS } },
                  {
                    onSuccess: () => {
                      note({ title: texts.rotated });
                      show(true);
                    },
                    onError: (error) =>
                      note({
                        title: endpointWords.notDone,
                        detail: error.message,
                        isProblem: true,
                      }),
                  },
                )
              }
            >
              {texts.rotate}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

function ShownSecret({ path }: { readonly path: EndpointPath }) {
  const read = useRead("GET /api/v1/app/{app}/endpoint/{endpoint}/secret", { path });
  return (
    <ReadState read={read} skeletonRows={1}>
      {({ key }) => (
        <div className={styles["secret"]}>
          <CopyableId id={key} />
        </div>
      )}
    </ReadState>
  );
}
