/** The page that adds an endpoint to an app that has some. */
import { useRead } from "../api/reads.ts";
import { useFace } from "../face.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { useAppId, useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { AddEndpointForm } from "./add-endpoint-form.tsx";

export function AddEndpointPage() {
  const app = useAppId();
  const paths = useAppPaths();
  const { kind } = useFace();
  const { data } = useRead(
    "GET /api/v1/app/{app}",
    { path: { app } },
    { isEnabled: kind === "operator" },
  );
  const isOne = kind === "tenant" || data === undefined;
  return (
    <>
      <PageHead
        title={isOne ? endpointWords.add : endpointWords.addTo(data.name)}
        above={[{ label: endpointWords.title, target: paths.endpoints() }]}
      />
      <AddEndpointForm takesFocus />
    </>
  );
}
