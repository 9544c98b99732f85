/** The way to see that a webhook is genuine: code for the native API, sentences for the others. */
import { lazy, Suspense } from "react";
import { useFace } from "../face.tsx";
import { Button } from "../parts/button.tsx";
import { Skeleton } from "../parts/states.tsx";
import { useSearchState } from "../parts/use-search.ts";
import { verifyWords } from "../words/verify.ts";
import type { Endpoint } from "./endpoint-types.ts";
import styles from "./verify/verify.module.css";

const VerifyCode = lazy(async () => ({
  default: (await import("./verify/verify-code.tsx")).VerifyCode,
}));

export function EndpointVerify({ endpoint }: { readonly endpoint: Endpoint }) {
  const dialect = endpoint.health?.dialect ?? "svix";
  return (
    <div className={styles["page"]}>
      {dialect === "svix" ? (
        <Native names={endpoint.signatureHeaders === "svix" ? "svix" : "webhook"} />
      ) : (
        <p>{verifyWords.others[dialect as keyof typeof verifyWords.others]}</p>
      )}
    </div>
  );
}

function Native({ names }: { readonly names: "webhook" | "svix" }) {
  const { can } = useFace();
  const { setSearch } = useSearchState();
  return (
    <>
      <p>{verifyWords.native(names)}</p>
      <p>{verifyWords.secret}</p>
      {(can("ViewEndpointSecret") || can("ManageEndpoint")) && (
        <div>
          <Button look="quiet" onClick={() => setSearch({ tab: "secret" })}>
            {verifyWords.toSecret}
          </Button>
        </div>
      )}
      <Suspense fallback={<Skeleton />}>
        <VerifyCode names={names} />
      </Suspense>
      <p>{verifyWords.library}</p>
    </>
  );
}
