/** Facts about the server that the session has. */
import { useFace } from "../face.tsx";
import { Facts } from "../parts/facts.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { toSpan } from "../parts/time-format.ts";
import { operatorWords } from "../words/operator.ts";

export function SystemPage() {
  const { server } = useFace().session;
  return (
    <>
      <PageHead title={operatorWords.pages.system} />
      <Facts
        rows={[
          ["Version", server.version],
          ["APIs", server.apis.join(", ")],
          ["Retention", toSpan(server.retentionSeconds * 1000)],
        ]}
      />
    </>
  );
}
