/** From the state of a ladder to sentences for the creator. Pure. */
import type { HealthNote, LadderHealth } from "@rostrum/contract/health";

/** What is to be known of transcoding. The source rendition is never touched by any of it. */
export function ladderNotes(ladder: LadderHealth | null): HealthNote[] {
  if (ladder === null) return [];
  if (ladder.encoder === null) {
    const text = `Viewers get only what the encoder sends. ${ladder.encoderReason}`;
    return [{ level: "degraded", code: "ladder_unavailable", text }];
  }
  const notes = [shedNote(ladder), brokenNote(ladder)].filter((note) => note !== null);
  return notes.length > 0 ? notes : [runningNote(ladder)];
}

function shedNote({ rungs }: LadderHealth): HealthNote | null {
  const shed = rungs.filter((rung) => rung.state === "shed");
  if (shed.length === 0) return null;
  const left = shed.length === rungs.length ? "Viewers get only what the encoder sends." : "The smaller ones go on.";
  const text = `${sizes(shed)} cannot be made at the moment. ${shed[0]?.reason ?? ""} ${left}`;
  return { level: "degraded", code: "ladder_shed", text };
}

function brokenNote({ rungs }: LadderHealth): HealthNote | null {
  const waiting = rungs.find((rung) => rung.state === "starting" && rung.reason?.startsWith("FFmpeg") === true);
  if (waiting === undefined) return null;
  const text = `Transcoding broke off and starts again; viewers go on with what the encoder sends. ${waiting.reason ?? ""}`;
  return { level: "degraded", code: "ladder_restarted", text };
}

function runningNote({ rungs, encoder, encoderReason }: LadderHealth): HealthNote {
  const text =
    rungs.length === 0
      ? "The source is too small for any smaller rendition, so viewers get what the encoder sends."
      : `Viewers can also choose ${sizes(rungs)}, made by ${encoder ?? ""}. ${encoderReason}`;
  return { level: "info", code: "ladder_encoder", text };
}

function sizes(rungs: LadderHealth["rungs"]): string {
  const words = rungs.map((rung) => `${rung.heightPx}p`);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
