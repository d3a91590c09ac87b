import type { LadderHealth } from "@rostrum/contract/health";
import { expect, test } from "vitest";
import { ladderNotes } from "./ladder-notes.ts";

type Rung = LadderHealth["rungs"][number];
const rung = (heightPx: number, state: Rung["state"] = "running", reason: string | null = null): Rung => ({
  ...{ name: `v${heightPx}`, heightPx, videoBitrateBps: 1_000_000 },
  ...{ state, reason },
});
const ladder: LadderHealth = {
  ...{ mode: "auto", encoder: "libx264", encoderReason: "There is no hardware encoder." },
  ...{ rungs: [rung(720), rung(480), rung(240)], restarts: 0 },
};
const BUSY = "The processors are busy.";
const BROKE = "FFmpeg ended with 1.";

test.each<[string, LadderHealth | null, string[]]>([
  ["only the source is shown", null, []],
  [
    "all run",
    ladder,
    [
      "info ladder_encoder: Viewers can also choose 720p, 480p and 240p, made by libx264. There is no hardware encoder.",
    ],
  ],
  [
    "one runs",
    { ...ladder, rungs: [rung(480)] },
    ["info ladder_encoder: Viewers can also choose 480p, made by libx264. There is no hardware encoder."],
  ],
  [
    "the source is small",
    { ...ladder, rungs: [] },
    ["info ladder_encoder: The source is too small for any smaller rendition, so viewers get what the encoder sends."],
  ],
  [
    "there is no encoder",
    { ...ladder, encoder: null, encoderReason: "FFmpeg has none for H.264.", rungs: [] },
    ["degraded ladder_unavailable: Viewers get only what the encoder sends. FFmpeg has none for H.264."],
  ],
  [
    "the machine is too small for some",
    { ...ladder, rungs: [rung(720, "shed", BUSY), rung(480, "shed", BUSY), rung(240)] },
    [`degraded ladder_shed: 720p and 480p cannot be made at the moment. ${BUSY} The smaller ones go on.`],
  ],
  [
    "the machine is too small for all",
    { ...ladder, rungs: [rung(720, "shed", BUSY)] },
    [`degraded ladder_shed: 720p cannot be made at the moment. ${BUSY} Viewers get only what the encoder sends.`],
  ],
  [
    "it starts for the first time",
    { ...ladder, rungs: [rung(240, "starting")] },
    ["info ladder_encoder: Viewers can also choose 240p, made by libx264. There is no hardware encoder."],
  ],
  [
    "it broke off, and one was shed before",
    { ...ladder, rungs: [rung(480, "shed", BUSY), rung(240, "starting", BROKE)], restarts: 1 },
    [
      `degraded ladder_shed: 480p cannot be made at the moment. ${BUSY} The smaller ones go on.`,
      `degraded ladder_restarted: Transcoding broke off and starts again; viewers go on with what the encoder sends. ${BROKE}`,
    ],
  ],
])("%s", (_, of, said) => {
  expect(ladderNotes(of).map(({ level, code, text }) => `${level} ${code}: ${text}`)).toEqual(said);
});
