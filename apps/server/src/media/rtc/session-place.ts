/** Sessions take a place each only when they may be opened: what is asked before that, however slowly, takes none. */
import type { YieldingPlaces } from "../../lib/places.ts";
import type { Refusal, SessionOpened } from "./resources.ts";

export type PlaceOptions = Readonly<{
  places: YieldingPlaces;
  /** networkOf(); undefined: nobody's in particular */
  network: string | undefined;
  /** The answer where all places are taken. */
  full: Refusal;
  /** @param settle from then on the session keeps its place */
  open: (settle: () => void) => Promise<SessionOpened>;
  /** Its place is another's; the session leaves. */
  onYield?: () => void;
}>;

/** Opens a session in a place of its own, which is free again when the session is over, or was none. Rejects as `open` does. */
export async function openInPlace({ places, network, full, open, onYield }: PlaceOptions): Promise<SessionOpened> {
  const unwanted = new AbortController();
  const place = places.take(network, () => {
    onYield?.();
    unwanted.abort();
  });
  if (place === undefined) return { ok: false, refusal: full };
  const opened = await open(place.settle).catch((error: unknown) => {
    place.leave();
    throw error;
  });
  if (!opened.ok) {
    place.leave();
    return opened;
  }
  const { session } = opened;
  void session.closed.then(place.leave);
  if (unwanted.signal.aborted) {
    session.leave();
    return { ok: false, refusal: full };
  }
  unwanted.signal.addEventListener("abort", () => session.leave(), { once: true });
  return opened;
}
