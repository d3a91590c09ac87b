/** What a viewer chose stays chosen on this device. */
import { MODE_TARGET_SEC, type Mode } from "./latency-ladder.ts";

export type Preferences = Readonly<{ volume: number; muted: boolean; mode: Mode | null; letterKeys: boolean }>;

const KEY = "rostrum.player";
const NONE: Preferences = { volume: 1, muted: false, mode: null, letterKeys: true };

/** Storage may be switched off or full of something else: then nothing is remembered. */
export function readPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    const { volume, muted, mode, letterKeys } = stored;
    return {
      volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : NONE.volume,
      muted: typeof muted === "boolean" ? muted : NONE.muted,
      mode: typeof mode === "string" && mode in MODE_TARGET_SEC ? (mode as Mode) : NONE.mode,
      letterKeys: typeof letterKeys === "boolean" ? letterKeys : NONE.letterKeys,
    };
  } catch {
    return NONE;
  }
}

export function savePreferences(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readPreferences(), ...change }));
  } catch {
    // not remembered, nothing lost
  }
}
