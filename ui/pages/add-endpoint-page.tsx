/** The page that adds an endpoint to an app that has some. */
import { PageHead } from "../parts/page-head.tsx";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";
import { AddEndpointForm } from "./add-endpoint-form.tsx";

export function AddEndpointPage() {
  const paths = useAppPaths();
  return (
    <>
      <PageHead
        title={endpointWords.add}
        above={[{ label: endpointWords.title, target: paths.endpoints() }]}
      />
      <AddEndpointForm />
    </>
  );
}
