/** The children of one ladder, one after the other: what one has written is pushed before the output of the next. */
import type { FfmpegExit } from "../../lib/ffmpeg.ts";
import type { LadderChild } from "./ladder-child.ts";
import type { RungOutput } from "./rung-output.ts";

export class ChildChain {
  readonly #output: Pick<RungOutput, "stop">;
  readonly #onBreak: (exit: FfmpegExit) => void;
  #current: LadderChild | undefined;
  /** Rungs that are being packaged, or go on with the next child. */
  #live: readonly string[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #gone: Promise<unknown> = Promise.resolve();

  /** @param onBreak is told when the current child ends by itself */
  constructor(output: Pick<RungOutput, "stop">, onBreak: (exit: FfmpegExit) => void) {
    this.#output = output;
    this.#onBreak = onBreak;
  }

  /** The one that is fed. */
  get current(): LadderChild | undefined {
    return this.#current;
  }

  /** The current child is fed no more; its rungs go on with the next one, which comes soon. */
  endCurrent(): void {
    const ended = this.#current;
    this.#current = undefined;
    ended?.end();
    if (ended === undefined) return;
    this.#tail = this.#tail.then(() => ended.done);
    this.#gone = Promise.all([this.#gone, ended.closed]);
  }

  /** Feeds another child from now on, or none. Rungs that it does not have are stopped when the one before has written what it had. */
  replaceBy(next: LadderChild | undefined): void {
    const gone = this.#live.filter((name) => next?.names.includes(name) !== true);
    this.endCurrent();
    this.#live = next?.names ?? [];
    this.#current = next;
    this.#tail = this.#tail.then(() => {
      for (const name of gone) this.#output.stop(name);
      next?.release();
    });
    void next?.closed.then((exit) => {
      if (next === this.#current) this.#onBreak(exit);
    });
  }

  /** Resolves when the last child is gone and all it wrote has been pushed. */
  async close(): Promise<void> {
    this.replaceBy(undefined);
    await this.#tail;
    await this.#gone;
  }
}
