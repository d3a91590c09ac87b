/** Who is speaking: loudness of each microphone from RFC 6464, smoothed, and what of it changed in a room. */

/** Rises fast, so that a first word counts; falls slowly, so that the pause between two words does not. */
const ATTACK_MS = 80;
const RELEASE_MS = 350;
/** Packets come each 20 ms; with discontinuous transmission each 400 ms in silence. */
const PACKET_MS = 20;
/** −42 dBov to begin, −50 dBov to go on. */
const START_AMPLITUDE = 10 ** (-42 / 20);
const STOP_AMPLITUDE = 10 ** (-50 / 20);
/** How long it stays quiet before it counts as silence. */
const STOP_AFTER_MS = 600;
/** −20 dBov of smoothed loudness, a clear voice, shows as a full meter. */
const FULL_AMPLITUDE = 10 ** (-20 / 20);
/** Steps in which a level is told; finer changes are not worth a message to all. */
const LEVEL_STEPS = 8;

/** Loudness of one audio track. */
export class SpeakerMeter {
  #amplitude = 0;
  #lastMs = Number.NaN;
  #active = false;
  #quietSinceMs = 0;

  /** @param minusDbov 0 (loudest) to 127 (silence), as the header extension has it */
  observe(minusDbov: number, nowMs: number): void {
    const amplitude = minusDbov >= 127 ? 0 : 10 ** (-minusDbov / 20);
    const elapsedMs = Number.isNaN(this.#lastMs) ? PACKET_MS : Math.min(400, Math.max(0, nowMs - this.#lastMs));
    this.#approach(amplitude, elapsedMs);
    this.#lastMs = nowMs;
  }

  /** Loudness, 0 to 1 in eighths; 0 while not speaking. Advances time, so that a track that stopped falls silent. */
  level(nowMs: number): number {
    if (nowMs - this.#lastMs > 5 * PACKET_MS) {
      this.#approach(0, nowMs - this.#lastMs - PACKET_MS);
      this.#lastMs = nowMs - PACKET_MS;
    }
    this.#decide(nowMs);
    if (!this.#active) return 0;
    const share = Math.sqrt(Math.min(1, this.#amplitude / FULL_AMPLITUDE));
    return Math.max(1, Math.ceil(share * LEVEL_STEPS)) / LEVEL_STEPS;
  }

  #approach(amplitude: number, elapsedMs: number): void {
    const constantMs = amplitude > this.#amplitude ? ATTACK_MS : RELEASE_MS;
    this.#amplitude += (amplitude - this.#amplitude) * (1 - Math.exp(-elapsedMs / constantMs));
  }

  #decide(nowMs: number): void {
    if (this.#amplitude >= START_AMPLITUDE) this.#active = true;
    if (this.#amplitude >= STOP_AMPLITUDE) this.#quietSinceMs = nowMs;
    else if (nowMs - this.#quietSinceMs >= STOP_AFTER_MS) this.#active = false;
  }
}

/** A change to be told: `active` false, level 0 when someone fell silent. */
export type SpeakerChange = Readonly<{ id: string; level: number; active: boolean }>;

/** What a room was told last about who speaks. */
export class ActiveSpeakers {
  #told: ReadonlyMap<string, number> = new Map();

  /**
   * What changed since the last call, loudest first; empty most of the time. Call it each 300 to 500 ms.
   * @param meters of all microphones in the room, by participant; of several of one participant the loudest counts
   */
  update(meters: Iterable<readonly [id: string, meter: SpeakerMeter]>, nowMs: number): SpeakerChange[] {
    const levels = new Map<string, number>();
    for (const [id, meter] of meters) {
      const level = meter.level(nowMs);
      if (level > (levels.get(id) ?? 0)) levels.set(id, level);
    }
    const changes: SpeakerChange[] = [];
    for (const [id, level] of levels) if (this.#told.get(id) !== level) changes.push({ id, level, active: true });
    for (const id of this.#told.keys()) if (!levels.has(id)) changes.push({ id, level: 0, active: false });
    this.#told = levels;
    return changes.sort((a, b) => b.level - a.level);
  }

  /** All who speak now, loudest first: for one who has just joined. */
  current(): SpeakerChange[] {
    return [...this.#told].map(([id, level]) => ({ id, level, active: true })).sort((a, b) => b.level - a.level);
  }
}
