/** What the crew wants to do to the show: at once where nobody notices, asked about first where the audience would. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { ConnectedSources } from "@rostrum/contract/sources";
import { useState } from "react";
import type { ActionName } from "./next-action.ts";
import type { Control } from "./use-control.ts";
import type { Sources } from "./use-sources.ts";

export type TakeWish = ConnectedSources["override"];

/** What waits for a yes. `onAir`: whether the show was on the air when it was asked. */
export type Asked = Readonly<{ onAir: boolean }> &
  (Readonly<{ kind: "live" | "end" }> | Readonly<{ kind: "take"; wish: TakeWish }>);

export type Asking = Readonly<{
  asked: Asked | null;
  /** The answer was no, or the dialog is done. */
  close: () => void;
  /** Preview happens at once. */
  act: (action: ActionName) => void;
  /** A source, the slate, or null: automatic. */
  take: (wish: TakeWish) => void;
  /** The answer was yes. */
  confirm: () => void;
}>;

const isOnAir = ({ state }: Pick<OwnBroadcast, "state">): boolean => state === "live" || state === "interrupted";

/** What is asked still: a yes to ending a rehearsal must not end a show that has gone live meanwhile by itself. */
export function stillAsked(asked: Asked | null, broadcast: Pick<OwnBroadcast, "state">): Asked | null {
  return asked !== null && asked.onAir === isOnAir(broadcast) ? asked : null;
}

export function useAsking(control: Control, sources: Sources): Asking {
  const [wanted, setAsked] = useState<Asked | null>(null);
  const { broadcast } = control;
  const asked = stillAsked(wanted, broadcast);
  const onAir = isOnAir(broadcast);
  return {
    asked,
    close: () => setAsked(null),
    act: (action) => (action === "preview" ? void control.act(action) : setAsked({ kind: action, onAir })),
    take: (wish) => (onAir ? setAsked({ kind: "take", wish, onAir }) : sources.take(wish)),
    confirm: () => {
      if (asked === null) return;
      if (asked.kind === "take") sources.take(asked.wish);
      else void control.act(asked.kind);
    },
  };
}
