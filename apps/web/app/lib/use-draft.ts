/** Fields of a form before they are saved. */
import { useState } from "react";
import { changesOf } from "./choices.ts";

/** `saved` is what the server has. `changes` is null when nothing differs from it. */
export function useDraft<T extends object>(saved: T) {
  const [edited, setEdited] = useState<Partial<T>>({});
  const values: T = { ...saved, ...edited };
  return {
    values,
    changes: changesOf(saved, values),
    set: (fields: Partial<T>) => setEdited((last) => ({ ...last, ...fields })),
    clear: () => setEdited({}),
  };
}
