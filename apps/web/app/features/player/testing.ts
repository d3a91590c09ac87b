/** As much of a browser as the player uses, played by a test: what it gives to play is never decoded. */
import { vi } from "vitest";

export class TestVideo extends EventTarget {
  paused = true;
  ended = false;
  seeking = false;
  muted = false;
  volume = 1;
  playbackRate = 1;
  currentTime = 0;
  readyState = 0;
  videoWidth = 0;
  videoHeight = 0;
  error = null;
  srcObject: unknown = null;
  src = "";
  readonly parentElement = {};
  readonly dataset: Record<string, string> = {};
  /** What lies over the picture. */
  readonly over: unknown[] = [];

  after(one: unknown): void {
    this.over.unshift(one);
  }
  play(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
  load(): void {}
  getAttribute(): string | null {
    return this.src === "" ? null : this.src;
  }
  removeAttribute(): void {
    this.src = "";
  }
  getVideoPlaybackQuality() {
    return { totalVideoFrames: 0, droppedVideoFrames: 0 };
  }
  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
  get element(): HTMLVideoElement {
    return this as unknown as HTMLVideoElement;
  }
}

class TestSource extends EventTarget {
  static isTypeSupported(): boolean {
    return true;
  }
  readonly readyState = "closed";
}

export class TestSocket extends EventTarget {
  binaryType = "blob";
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }
  /** The server says which tracks there are: from then on the show comes from here. */
  begins(): void {
    this.#came(JSON.stringify({ type: "tracks", video: { heightPx: 720 }, audio: null, wallZeroMs: 0 }));
  }
  frame(): void {
    this.#came(Uint8Array.of(3).buffer);
  }
  handsOver(): void {
    this.#came(JSON.stringify({ type: "handover", reason: "slow" }));
  }
  breaksOff(): void {
    this.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }));
  }
  #came(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

/** The globals of a page, whose sockets are listed; undone by `vi.unstubAllGlobals`. Every request fails. */
export function stubBrowser(): { page: EventTarget; sockets: TestSocket[] } {
  const page = new EventTarget();
  const sockets: TestSocket[] = [];
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("location", { href: "https://live.example/watch/show" });
  vi.stubGlobal("devicePixelRatio", 1);
  vi.stubGlobal("HTMLMediaElement", { HAVE_FUTURE_DATA: 3 });
  vi.stubGlobal("MediaSource", TestSource);
  vi.stubGlobal(
    "URL",
    class extends URL {
      static override createObjectURL(): string {
        return "blob:source";
      }
      static override revokeObjectURL(): void {}
    },
  );
  vi.stubGlobal("WebSocket", function WebSocket() {
    const socket = new TestSocket();
    sockets.push(socket);
    return socket;
  });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  return { page, sockets };
}
