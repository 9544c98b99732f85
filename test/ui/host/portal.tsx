/** A page of the platform that shows the portal, as the platform's developers would write it. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AppPortal } from "svix-react";
import "svix-react/style.css";
import { readGiven } from "./read-given.ts";

const messages: unknown[] = [];
window.addEventListener("message", ({ data }) => messages.push(data));
Object.assign(window, { messages });

const given = readGiven<Parameters<typeof AppPortal>[0]>();
const root = document.createElement("div");
document.body.append(root);
createRoot(root).render(
  <StrictMode>
    <h1>Webhooks</h1>
    <AppPortal {...given} />
  </StrictMode>,
);
