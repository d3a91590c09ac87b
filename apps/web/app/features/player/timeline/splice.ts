/** Joins one track from several sources on a frame: what plays goes on until the source that is being prepared fits. Pure. */
import { type Chunk, type Init, SAME_SEC, cut, endSec, keyFrameSec, sameInit, startSec } from "./chunk.ts";

/** One source's way into the timeline, for one track. Opaque: compared by identity. */
export type Lane = Readonly<{ name: string }>;

export type SpliceOptions = Readonly<{
  out: (chunk: Chunk) => void;
  /** The lane feeds from here on; the one before it is not asked for more. */
  onCut: (lane: Lane) => void;
  /** What was given out from `sec` on is taken back. */
  onRewind: (sec: number) => void;
  /** Where the viewer is. */
  positionSec: () => number;
}>;

/** Decoders read ahead: what is closer to the viewer than this is not exchanged. */
const READ_AHEAD_SEC = 0.4;

/** What a lane that is being prepared may hold; older media is given up up to the newest key frame. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/**
 * With the same init a cut may lie before any frame; otherwise the new source begins with a key frame. Frames that are
 * there already are left out, so nothing is overwritten: overwriting under the playhead stops Chrome until the next key frame.
 */
export class Splice {
  readonly #options: SpliceOptions;
  #current: Lane | undefined;
  #isOver = false;
  #next: Lane | undefined;
  #waiting: Chunk[] = [];
  #waitingBytes = 0;
  #endSec: number | undefined;
  /** Of the media that was given out last; undefined: a decoder must begin anew. */
  #init: Init | undefined;
  /** The current lane gives way to the next one here. */
  #cutSec: number | undefined;

  constructor(options: SpliceOptions) {
    this.#options = options;
  }

  get current(): Lane | undefined {
    return this.#current;
  }

  /** Where the next sample belongs; undefined when anything may come. */
  get endSec(): number | undefined {
    return this.#endSec;
  }

  /** Everything is forgotten; `lane` feeds, from any key frame on. */
  reset(lane: Lane): void {
    this.#drop();
    this.#current = lane;
    this.#isOver = false;
    this.#endSec = undefined;
    this.#init = undefined;
  }

  /** What comes from `sec` on was taken out of the buffer: the next lane begins there, the current one is over. */
  rewind(sec: number): void {
    this.#endSec = sec;
    this.#init = undefined;
    this.#isOver = true;
    this.#cutSec = undefined;
    this.#tryToCut();
  }

  /** `lane` takes over as soon as it fits. A lane that was prepared before is given up. */
  prepare(lane: Lane): void {
    this.#drop();
    if (lane === this.#current) this.#isOver = false;
    else this.#next = lane;
  }

  /** The lane that was prepared is not wanted any more. */
  giveUp(lane: Lane): void {
    if (this.#next === lane) this.#drop();
  }

  /** The lane that is prepared takes over now, even under the viewer's eyes. False: it has no key frame yet. */
  force(): boolean {
    const cutSec = this.#takeBack(Number.NEGATIVE_INFINITY);
    if (cutSec === undefined) return false;
    this.#tryToCut();
    return true;
  }

  /** Nothing more comes of the current lane: the next one need not fit exactly. */
  over(lane: Lane): void {
    if (lane === this.#current) this.#isOver = true;
    else this.giveUp(lane);
    this.#tryToCut();
  }

  /** Media of other lanes than the current and the next one is left out. */
  push(lane: Lane, chunk: Chunk): void {
    if (lane === this.#current) this.#give(chunk);
    else if (lane === this.#next) this.#keep(chunk);
    if (this.#next !== undefined) this.#tryToCut();
  }

  #give(chunk: Chunk): void {
    const fresh = cut(chunk, this.#endSec ?? Number.NEGATIVE_INFINITY, this.#cutSec);
    if (fresh === undefined) return;
    this.#endSec = endSec(fresh);
    this.#init = fresh.init;
    this.#options.out(fresh);
  }

  #keep(chunk: Chunk): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.bytes.length;
    while (this.#waiting.length > 1 && (this.#waitingBytes > MAX_WAITING_BYTES || this.#isPast())) {
      this.#waitingBytes -= this.#waiting.shift()?.bytes.length ?? 0;
    }
  }

  /** The oldest waiting media is over and there is a later key frame to begin with, or none in it. */
  #isPast(): boolean {
    const [first, ...others] = this.#waiting;
    if (first === undefined || endSec(first) > (this.#endSec ?? Number.NEGATIVE_INFINITY) + SAME_SEC) return false;
    const hasKey = ({ samples }: Chunk): boolean => samples.some(({ keyframe }) => keyframe);
    return !hasKey(first) || others.some(hasKey);
  }

  #tryToCut(): void {
    const next = this.#next;
    const first = this.#waiting[0];
    if (next === undefined || first === undefined) return;
    const cutSec = this.#findCut(first) ?? this.#takeBack(this.#options.positionSec() + READ_AHEAD_SEC);
    if (cutSec === undefined) return;
    const end = this.#endSec;
    if (end !== undefined && !this.#isOver && cutSec > end + SAME_SEC) {
      this.#cutSec = cutSec;
      return;
    }
    const chunks = this.#waiting;
    this.#drop();
    this.#current = next;
    this.#isOver = false;
    this.#options.onCut(next);
    for (const chunk of chunks) {
      const fresh = cut(chunk, cutSec);
      if (fresh !== undefined) this.#give(fresh);
    }
  }

  /** Where the next lane could begin; undefined: not with what there is of it yet. */
  #findCut(first: Chunk): number | undefined {
    const end = this.#endSec;
    if (end === undefined) return this.#firstKeyFrame(Number.NEGATIVE_INFINITY);
    const newest = this.#waiting.at(-1) ?? first;
    if (this.#init !== undefined && sameInit(first.init, this.#init) && startSec(first) <= end + SAME_SEC) {
      return endSec(newest) > end + SAME_SEC ? end : undefined;
    }
    return this.#firstKeyFrame(end);
  }

  /** A source that is later than the present one: its newest key frame behind `fromSec`, from which on frames are exchanged. */
  #takeBack(fromSec: number): number | undefined {
    const end = this.#endSec;
    if (end === undefined) return undefined;
    const found = this.#waiting.reduce<number | undefined>((newest, chunk) => {
      const { timescale } = chunk.init.track;
      const sample = chunk.samples.findLast(({ dts, keyframe }) => keyframe && dts / timescale <= end);
      return sample === undefined ? newest : Math.max(newest ?? 0, sample.dts / timescale);
    }, undefined);
    if (found === undefined || found < fromSec) return undefined;
    this.#options.onRewind(found);
    this.#endSec = found;
    this.#init = undefined;
    return found;
  }

  #firstKeyFrame(fromSec: number): number | undefined {
    for (const chunk of this.#waiting) {
      const found = keyFrameSec(chunk, fromSec);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #drop(): void {
    this.#next = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#cutSec = undefined;
  }
}
