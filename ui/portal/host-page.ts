/** Messages to the page that frames the portal. They carry no secret, so any host may read them. */
const HEIGHT = "svix.iframe-resizer-height";
const EXPIRED = "hookline.session-expired";

function isFramed(): boolean {
  return window.parent !== window;
}

function post(message: object): void {
  if (isFramed()) window.parent.postMessage(message, "*");
}

export function notifyExpired(): void {
  post({ type: EXPIRED });
}

/** `<AppPortal fullSize>` gives the frame the height of its content, and waits for it. */
export function reportHeight(): void {
  if (!isFramed()) return;
  document.documentElement.dataset["framed"] = "";
  const root = document.querySelector("#root");
  if (root === null) return;
  let last = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(root.getBoundingClientRect().height);
    if (height === last) return;
    last = height;
    post({ type: HEIGHT, payload: { height } });
  }).observe(root);
}
