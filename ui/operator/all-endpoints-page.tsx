/** The endpoints of all apps. One is added to the chosen app, or to an app that is asked for. */
import { useFace } from "../face.tsx";
import { buttonClass } from "../parts/button.tsx";
import { PageLink } from "../parts/page-link.tsx";
import { EndpointsView } from "../pages/endpoints-page.tsx";
import styles from "../parts/palette.module.css";
import { pathsOf } from "../paths.ts";
import { showControls } from "../show-controls.ts";
import { endpointWords } from "../words/endpoints.ts";
import { AppPopover } from "./app-chooser.tsx";
import { useChosenApp } from "./use-chosen-app.ts";

export function AllEndpointsPage() {
  return <EndpointsView add={<AddToApp />} />;
}

/** It names the app, because an endpoint gets the events of its app. */
function AddToApp() {
  const { can } = useFace();
  const chosen = useChosenApp();
  if (!can("ManageEndpoint")) return null;
  if (chosen === null) {
    return (
      <AppPopover
        className={buttonClass("primary")}
        toTarget={(app) => pathsOf(app).endpoint("new")}
      >
        {endpointWords.add}
      </AppPopover>
    );
  }
  return (
    <PageLink target={pathsOf(chosen.id).endpoint("new")} className={buttonClass("primary")}>
      <span className={styles["name"]}>
        {endpointWords.add} · <bdi>{showControls(chosen.name)}</bdi>
      </span>
    </PageLink>
  );
}
