/** When the short-lived half of a session is gone, the server answers what it tells strangers: that may not be the last word. */
import { ApiError } from "@rostrum/client/api-error";

/** What strangers are told. On 401 the client renews by itself. */
const FOR_STRANGERS = new Set([403, 404]);

/** Asks; when refused like a stranger, once more after `renew` has answered true. */
export async function withFreshSession<T>(renew: () => Promise<boolean>, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const lifted = error instanceof ApiError && FOR_STRANGERS.has(error.status) && (await renew());
    if (!lifted) throw error;
    return ask();
  }
}
