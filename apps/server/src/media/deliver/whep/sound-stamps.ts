/** RTP times of sound: counted in samples, as receivers expect. Pure but for its own state; ticks of 48 kHz. RFC 7587 §4.1. */

/** Stretching, of the source's frames and of what is made of them, adds less than this between two packets. */
const MAX_STRETCH_TICKS = 120;

/**
 * The program moves sound to its picture by stretching media time a little, packet by packet. With such times a browser hears a hole in
 * front of each packet: it fills all of them, and waits longer for sound, and so for pictures, from then on. Here RTP time goes on
 * without holes, and only sender reports tell how it lies in the show.
 */
export class SoundStamps {
  #shift = 0;
  /** Media time of the next packet, if it follows without a hole. */
  #next: number | undefined;

  /** RTP time minus media time, as of the newest packet. */
  get shiftTicks(): number {
    return this.#shift;
  }

  /** RTP time of the packet that comes next; never before the end of the last one. @param ticks its media time */
  stamp(ticks: number, durationTicks: number): number {
    const step = ticks - (this.#next ?? ticks);
    this.#next = ticks + durationTicks;
    // A packet that is missing leaves a whole one; silence in a pause ends half a packet too soon or too late.
    if (step <= Math.max(MAX_STRETCH_TICKS, durationTicks / 2)) this.#shift -= step;
    return ticks + this.#shift;
  }
}
