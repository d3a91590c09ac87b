/** Fields of a form before they are saved. */
import { useState } from "react";
import { changesOf, unsent } from "./choices.ts";

/** `saved` is what the server has. `changes` is null when nothing differs from it. Call `settle` with what of them was saved. */
export function useDraft<T extends object>(saved: T) {
  const [edited, setEdited] = useState<Partial<T>>({});
  const values: T = { ...saved, ...edited };
  return {
    values,
    changes: changesOf(saved, values),
    set: (fields: Partial<T>) => setEdited((last) => ({ ...last, ...fields })),
    settle: (sent: Partial<T>) => setEdited((last) => unsent(last, sent)),
  };
}
