/** What is said while viewers see the slate. Pure. */
import type { HealthNote } from "@rostrum/contract/health";
import type { SlateReason } from "../../media/plane.ts";

/** `sinceSec` ago the slate began; in `endsInSec` the show ends by itself, null: it does not. */
export type SlateFacts = Readonly<{ why: SlateReason; sinceSec: number; endsInSec: number | null }>;

const HAPPENED: Readonly<Record<Exclude<SlateReason, "taken">, string>> = {
  gone: "The connection to your encoder broke off",
  stopped: "Your encoder was stopped",
  frozen: "Your encoder stopped sending pictures",
  restart: "The server was started again",
};

/** One sentence of what happened and what viewers see, one of what will come. */
export function slateNote({ why, sinceSec, endsInSec }: SlateFacts): HealthNote {
  const ago = `${span(sinceSec)} ago`;
  if (why === "taken" && endsInSec === null) {
    const text = `Somebody of your crew took the slate ${ago}. Viewers see it until a source is taken or the order of sources decides again.`;
    return { level: "info", code: "slate_taken", text };
  }
  const what = why === "taken" ? "No source is connected any more" : `${HAPPENED[why]} ${ago}`;
  const end =
    endsInSec === null
      ? "The picture comes back with the encoder's next key frame."
      : `The show ends in ${span(endsInSec)} unless it comes back.`;
  return { level: "bad", code: "slate", text: `${what}; viewers see the slate. ${end}` };
}

function span(sec: number): string {
  const whole = Math.max(0, Math.round(sec));
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}
