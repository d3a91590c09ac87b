/** What the preview monitor shows: what would be on the air next. Pure. */
import type { ConnectedSource, ConnectedSources, SourceSlot } from "@rostrum/contract/sources";

/** `cued`: somebody chose it in the list. `spare`: it takes over when what is shown breaks off; where nothing does, the slate. */
export type NextUp =
  | Readonly<{ kind: "cued" | "spare"; source: ConnectedSource }>
  | Readonly<{ kind: "slate" | "nothing" }>;

/** What is chosen counts as long as it is connected and not shown anyway. `onAir`: the slate is what viewers get when all breaks off. */
export function nextUp(
  { items, selected }: Pick<ConnectedSources, "items" | "selected">,
  cued: SourceSlot | null,
  onAir: boolean,
): NextUp {
  const others = items.filter(({ id }) => id !== selected);
  const chosen = others.find(({ id }) => id === cued);
  if (chosen !== undefined) return { kind: "cued", source: chosen };
  const spare = others.find(({ state }) => state === "healthy");
  if (spare !== undefined) return { kind: "spare", source: spare };
  return { kind: onAir && selected !== "slate" ? "slate" : "nothing" };
}
