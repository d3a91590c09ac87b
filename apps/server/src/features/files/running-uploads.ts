/** Uploads on their way to this process: what they are going to take is not free for another that begins meanwhile. */

/** What those take that began before; `diskBytes` are of all channels. */
export type Ahead = Readonly<{ files: number; bytes: number; diskBytes: number }>;

export type UploadClaim = Readonly<{
  ahead: Ahead;
  /** So much more has come. An upload that did not say how long it is takes what has come. */
  received: (bytes: number) => void;
  /** It is over: stored, refused or broken off. */
  release: () => void;
}>;

type Running = { readonly channelId: string; readonly announcedBytes: number; receivedBytes: number };

/** What is on the disk at the same time while a video is prepared: what is stored, what FFmpeg reads, what it writes. */
export const COPIES = 3;

export class RunningUploads {
  readonly #running = new Set<Running>();

  /** @param announcedBytes 0 when the sender does not say */
  claim(channelId: string, announcedBytes: number): UploadClaim {
    const ahead = this.#ahead(channelId);
    const own: Running = { channelId, announcedBytes, receivedBytes: 0 };
    this.#running.add(own);
    return {
      ahead,
      received: (bytes) => void (own.receivedBytes += bytes),
      release: () => void this.#running.delete(own),
    };
  }

  #ahead(channelId: string): Ahead {
    let [files, bytes, diskBytes] = [0, 0, 0];
    for (const one of this.#running) {
      const taken = Math.max(one.announcedBytes, one.receivedBytes);
      // What has come is on the disk already.
      diskBytes += taken * COPIES - one.receivedBytes;
      if (one.channelId !== channelId) continue;
      files += 1;
      bytes += taken;
    }
    return { files, bytes, diskBytes };
  }
}
