/** The way to a first event of an app without a publisher: an example, which its endpoints send. */
import { useFace } from "../face.tsx";
import { buttonClass } from "../parts/button.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { useAppPaths } from "../use-paths.ts";
import { endpointWords } from "../words/endpoints.ts";

export function TestLink() {
  const { can } = useFace();
  const paths = useAppPaths();
  return (
    <PageLink target={paths.endpoints()} className={buttonClass()}>
      {can("CreateAttempts") ? endpointWords.sendTestFrom : endpointWords.seeEndpoints}
    </PageLink>
  );
}
