/**
 * After an upgrade the server has chunks of other names, which only a new document knows. A page whose chunk is gone
 * is loaded again for that, once per build: behind a load balancer, servers of two builds may answer in turn.
 */
const KEPT = "hookline.reloaded";
const MOST_BUILDS = 8;

/** True when the document is loaded again. Without storage it is not: a loop could not be recognised. */
export async function reloadForNewerBuild(): Promise<boolean> {
  const own = findEntry(document);
  const served = await readServedEntry();
  if (own === null || served === null || own === served || !noteReload(own)) return false;
  window.location.reload();
  return true;
}

/** The name of the script that the document begins with has a hash, and so is the name of the build. */
function findEntry(page: ParentNode): string | null {
  return page.querySelector("script[type=module][src]")?.getAttribute("src") ?? null;
}

async function readServedEntry(): Promise<string | null> {
  try {
    const response = await fetch(window.location.href, { cache: "no-store" });
    if (!response.ok) return null;
    return findEntry(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    return null;
  }
}

/** False when a page of this build was loaded again before, or when that cannot be kept. */
function noteReload(build: string): boolean {
  try {
    const before = (sessionStorage.getItem(KEPT) ?? "").split(" ");
    if (before.includes(build)) return false;
    sessionStorage.setItem(KEPT, [...before, build].slice(-MOST_BUILDS).join(" "));
    return true;
  } catch {
    // Refused to a frame of another site, whose session a reload would end.
    return false;
  }
}
