/** What of a show's earlier events is told to who comes later, once questions, polls or tips were removed. Pure. */

type Event = Readonly<{ type: string }> & Readonly<Record<string, unknown>>;

/** How earlier events are told after `event`; null when nothing changes. Whatever was said of a removed thing is that it was removed. */
export function amendShow(event: unknown): ((earlier: unknown) => unknown) | null {
  const removal = event as Event;
  const [thing = "", act] = removal.type.split(".");
  const id = act === "removed" ? idOf(removal, thing) : undefined;
  if (id === undefined) return null;
  return (earlier) => (idOf(earlier as Event, thing) === id ? removal : earlier);
}

/** Of which one it tells, as `{ question: { id } }`, `{ questionId }` or `{ id }`; undefined: of none, or of something else. */
function idOf(event: Event, thing: string): unknown {
  if (!event.type.startsWith(`${thing}.`)) return undefined;
  const whole = event[thing] as Readonly<{ id?: unknown }> | undefined;
  return whole?.id ?? event[`${thing}Id`] ?? event["id"];
}
