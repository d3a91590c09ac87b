/** Files of the API that only whoever is signed in gets, as downloads of the browser. Browser only. */
import { browserApi } from "./api.ts";

/** Until then browsers have begun to save it. */
const KEPT_MS = 60_000;

/** `href` from `/api/v1` on. A session that has run out is renewed on the way. Rejects with `ApiError`. */
export async function saveFile(href: string): Promise<void> {
  const { blob, name } = await browserApi().file(href);
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
