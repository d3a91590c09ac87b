/** A browser's side of WebRTC, played by a test. */

type Listener = Readonly<{ name: string; signal: AbortSignal | undefined }>;
type Counted = Readonly<{ framesReceived?: number; framesDecoded?: number; packetsReceived?: number }>;

/** Knows who still listens. */
export class Target extends EventTarget {
  readonly #listeners: Listener[] = [];
  override addEventListener(name: string, act: EventListener, options?: AddEventListenerOptions): void {
    this.#listeners.push({ name, signal: options?.signal });
    super.addEventListener(name, act, options);
  }
  get listeners(): string[] {
    return this.#listeners.flatMap(({ name, signal }) => (signal?.aborted === true ? [] : [name]));
  }
}

export class TestStream {
  readonly tracks = new Set<unknown>();
  addTrack(track: unknown): void {
    this.tracks.add(track);
  }
  removeTrack(track: unknown): void {
    this.tracks.delete(track);
  }
}

export class TestPeer extends Target {
  readonly channel = new Target();
  connectionState = "new";
  counted: Counted = {};
  isClosed = false;
  addTransceiver(): void {}
  createDataChannel(): EventTarget {
    return this.channel;
  }
  createOffer() {
    return Promise.resolve({ sdp: "v=0\r\n" });
  }
  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }
  setRemoteDescription(): Promise<void> {
    return Promise.resolve();
  }
  getStats() {
    return Promise.resolve(new Map([["video", { type: "inbound-rtp", kind: "video", ...this.counted }]]));
  }
  getReceivers(): [] {
    return [];
  }
  close(): void {
    this.isClosed = true;
  }
  become(state: string): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
  bring(track: unknown): void {
    this.dispatchEvent(Object.assign(new Event("track"), { track }));
  }
  tell(message: unknown): void {
    this.channel.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }
}
