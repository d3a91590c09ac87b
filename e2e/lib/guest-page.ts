/** What runs in a guest's page: an unmodified livekit-client, and what a test wants to know of it. Sent there as source text. */
import type * as LiveKit from "livekit-client";

/** `camera`, `microphone`, `screen_share`: LiveKit's words. */
export type Source = "camera" | "microphone" | "screen_share";

/** One track of another participant as it arrives here. Counters grow as long as the track is the same one. */
export type Seen = Readonly<{
  identity: string;
  source: string;
  sid: string;
  isMuted: boolean;
  /** A track of it is here. */
  isSubscribed: boolean;
  /** Paused by the server, because the link is too narrow. */
  isPaused: boolean;
  /** Pictures that were decoded, or the energy of the sound. */
  progress: number;
  /** Of the last picture. */
  widthPx: number;
  /** `video/VP8` and so on. */
  codec: string;
  packetsLost: number;
  /** Longest time between two pictures on the screen since `forgetGaps`, in ms. */
  longestGapMs: number;
}>;

/** One entry of a connection's report: what of it is looked at. */
type Stat = Readonly<{ id: string; type: string; mimeType?: string }> & Partial<RTCInboundRtpStreamStats>;

/** One layer of the own camera. */
export type SentLayer = Readonly<{ rid: string; isActive: boolean; widthPx: number; frames: number }>;

export type RoomWishes = Readonly<{
  adaptiveStream?: boolean;
  dynacast?: boolean;
  /** False: the older protocol, two peer connections. */
  singlePeerConnection?: boolean;
  /** Encrypts end to end. */
  key?: string;
  /** Media goes to another UDP port of the same address: a relay that leads to this one. */
  relay?: Readonly<{ from: number; to: number }>;
}>;

export type CameraWishes = Readonly<{
  codec: "vp8" | "h264";
  widthPx: number;
  heightPx: number;
  fps: number;
  /** Widths of the lower two of its three layers, of 16:9; what the client chooses when there are none. */
  lowerPx?: readonly [number, number];
}>;

/** A page of any browser. What goes in and out is JSON. */
export interface GuestPage {
  evaluate<R>(run: () => R | Promise<R>): Promise<R>;
  evaluate<R, A>(run: (arg: A) => R | Promise<R>, arg: A): Promise<R>;
  /** Closes the page and all that was opened for it. */
  close(): Promise<void>;
}

/** `window.guest`. */
export interface GuestInPage {
  readonly room: LiveKit.Room;
  /** What the room told, oldest first: `event`, then what it was about, joined by spaces. */
  readonly told: string[];
  microphone(): Promise<string>;
  /** Three layers when it is 960 wide or more. */
  camera(wishes: CameraWishes): Promise<string>;
  /** A drawn picture that changes five times a second. */
  screen(codec: "vp8" | "h264"): Promise<string>;
  seen(): Promise<Seen[]>;
  sent(): Promise<SentLayer[]>;
  /** Shows the camera of one participant, or everything of all, as wide as this. */
  show(widthPx: number, identity?: string): void;
  forgetGaps(): void;
  send(text: string, options: { reliable: boolean; topic?: string; to?: string[] }): Promise<void>;
  /** How long it took until the room said that it is connected again, in ms. */
  reconnect(scenario: "full-reconnect" | "leave-full-reconnect"): Promise<number>;
}

/** Joins and puts `guest` into the window. Rejects when it may not. */
export async function joinAsGuest(arg: { url: string; token: string; wishes: RoomWishes }): Promise<void> {
  const { Room, RoomEvent, Track, VideoPreset, ExternalE2EEKeyProvider } = (
    globalThis as unknown as { LivekitClient: typeof import("livekit-client") }
  ).LivekitClient;
  const { url, token, wishes } = arg;
  const { key, relay, ...options } = wishes;
  if (relay !== undefined) {
    const { prototype } = RTCPeerConnection;
    // Each is called upon the connection that it is asked of.
    // oxlint-disable-next-line typescript/unbound-method
    const { addIceCandidate, setRemoteDescription, createOffer } = prototype;
    const led = (text: string): string => text.replaceAll(` ${relay.from} typ host`, ` ${relay.to} typ host`);
    prototype.addIceCandidate = function (init?: RTCIceCandidateInit | null): Promise<void> {
      return Reflect.apply(addIceCandidate, this, [{ ...init, candidate: led(init?.candidate ?? "") }]);
    };
    prototype.setRemoteDescription = function ({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
      return Reflect.apply(setRemoteDescription, this, [{ type, sdp: led(sdp ?? "") }]);
    };
    // No address of ours is told: the other end knows us by the relay only.
    Object.defineProperty(prototype, "onicecandidate", { configurable: true, value: null, writable: true });
    const bare = async function (this: RTCPeerConnection, how?: RTCOfferOptions): Promise<RTCSessionDescriptionInit> {
      const { type, sdp = "" } = (await Reflect.apply(createOffer, this, [how])) as RTCSessionDescriptionInit;
      return { type, sdp: sdp.replaceAll(/a=candidate:.*\r\n/g, "") };
    };
    prototype.createOffer = bare as typeof createOffer;
  }
  const connections: RTCPeerConnection[] = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  const keys = key === undefined ? undefined : new ExternalE2EEKeyProvider();
  const worker = keys === undefined ? undefined : new Worker("/livekit-client.e2ee.worker.js");
  const room = new Room({
    ...options,
    ...(keys === undefined || worker === undefined ? {} : { encryption: { keyProvider: keys, worker } }),
  });
  // A machine that plays eleven guests has no time for cleaning a made-up sound.
  const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const LOOK_EVERY_MS = 100;
  const told: string[] = [];
  /** By sid of the track. */
  const gaps = new Map<string, { video: HTMLVideoElement; frames: number; lastMs: number; longestMs: number }>();
  const widths = new Map<string, number>();
  let widthPx = 160;

  // Frames are counted, not followed one by one: a callback for each would have the page drawn anew each time.
  setInterval(() => {
    const nowMs = performance.now();
    for (const gap of gaps.values()) {
      const { totalVideoFrames } = gap.video.getVideoPlaybackQuality();
      if (totalVideoFrames === gap.frames) continue;
      gap.frames = totalVideoFrames;
      gap.longestMs = Math.max(gap.longestMs, nowMs - gap.lastMs);
      gap.lastMs = nowMs;
    }
  }, LOOK_EVERY_MS);
  const fit = (element: HTMLElement): void => {
    const own =
      element.dataset["source"] === Track.Source.Camera ? widths.get(element.dataset["identity"] ?? "") : undefined;
    const width = own ?? widthPx;
    element.style.width = `${width}px`;
    element.style.height = `${(width * 9) / 16}px`;
  };
  room.on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
    // A report of each track each two seconds, for a bitrate that nobody asks for: most of what eleven such pages on one machine cost.
    track.stopMonitor();
    const element = track.attach();
    element.dataset["identity"] = participant.identity;
    element.dataset["source"] = publication.source;
    element.dataset["sid"] = publication.trackSid;
    document.body.append(element);
    if (!(element instanceof HTMLVideoElement)) return;
    fit(element);
    gaps.set(publication.trackSid, { video: element, frames: 0, lastMs: performance.now(), longestMs: 0 });
  });
  room.on(RoomEvent.TrackUnsubscribed, (track, publication) => {
    gaps.delete(publication.trackSid);
    track.detach();
    // The client may have detached it before. One that stays pushes others out of sight, and those are not sent then.
    for (const element of document.querySelectorAll(`[data-sid="${publication.trackSid}"]`)) element.remove();
  });

  const tell = (event: string, ...about: Array<string | number | undefined>): void => {
    told.push([event, ...about.filter((one) => one !== undefined)].join(" "));
    if (told.length > 2_000) told.shift();
  };
  room.on(RoomEvent.ParticipantConnected, (who) => tell("came", who.identity));
  room.on(RoomEvent.ParticipantDisconnected, (who) => tell("left", who.identity));
  room.on(RoomEvent.Disconnected, (reason) => tell("disconnected", reason));
  room.on(RoomEvent.Reconnecting, () => tell("reconnecting"));
  room.on(RoomEvent.Reconnected, () => tell("reconnected"));
  room.on(RoomEvent.TrackMuted, (publication, who) => tell("muted", who.identity, publication.source));
  room.on(RoomEvent.TrackUnmuted, (publication, who) => tell("unmuted", who.identity, publication.source));
  room.on(RoomEvent.TrackUnpublished, (publication, who) => tell("unpublished", who.identity, publication.source));
  room.on(RoomEvent.LocalTrackUnpublished, (publication) => tell("own unpublished", publication.source));
  room.on(RoomEvent.ParticipantMetadataChanged, (_, who) => tell("metadata", who.identity, who.metadata));
  room.on(RoomEvent.ParticipantNameChanged, (name, who) => tell("name", who.identity, name));
  room.on(RoomEvent.ParticipantAttributesChanged, (changed, who) =>
    tell("attributes", who.identity, JSON.stringify(changed)),
  );
  room.on(RoomEvent.RoomMetadataChanged, (metadata) => tell("room metadata", metadata));
  room.on(RoomEvent.ParticipantPermissionsChanged, (_, who) =>
    tell("may publish", who.identity, String(who.permissions?.canPublish)),
  );
  room.on(RoomEvent.ConnectionQualityChanged, (quality, who) => tell("quality", who.identity, quality));
  room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
    for (const { identity } of speakers) tell("speaks", identity);
  });
  room.on(RoomEvent.DataReceived, (payload, who, _, topic) =>
    tell("data", who?.identity ?? "the server", topic, new TextDecoder().decode(payload)),
  );
  room.on(RoomEvent.EncryptionError, () => tell("encryption error"));
  room.registerTextStreamHandler("words", (reader, { identity }) => {
    void reader.readAll().then((text) => tell("words", identity, text));
  });
  room.registerRpcMethod("shout", async ({ payload, callerIdentity }) => `${callerIdentity}: ${payload.toUpperCase()}`);

  /** One report of each connection for all tracks: a report for each track costs a page with twenty of them most of its time. */
  const statsNow = async (): Promise<Map<string, Stat>> => {
    const open = connections.filter(({ connectionState }) => connectionState !== "closed");
    const all = (await Promise.all(open.map((one) => one.getStats()))).flatMap(
      (report) => [...report.values()] as Stat[],
    );
    return new Map(all.map((one) => [one.type === "inbound-rtp" ? (one.trackIdentifier ?? "") : one.id, one]));
  };
  const publicationsOf = (who: LiveKit.RemoteParticipant): LiveKit.RemoteTrackPublication[] => [
    ...who.trackPublications.values(),
  ];
  const seenOf = (
    who: LiveKit.RemoteParticipant,
    publication: LiveKit.RemoteTrackPublication,
    stats: ReadonlyMap<string, Stat>,
  ): Seen => {
    const inbound = stats.get(publication.track?.mediaStreamTrack.id ?? "");
    const gap = gaps.get(publication.trackSid);
    return {
      identity: who.identity,
      source: publication.source,
      sid: publication.trackSid,
      isMuted: publication.isMuted,
      isSubscribed: publication.track !== undefined,
      isPaused: publication.track?.streamState === "paused",
      progress: Number((publication.kind === "video" ? inbound?.framesDecoded : inbound?.totalAudioEnergy) ?? 0),
      widthPx: inbound?.frameWidth ?? 0,
      codec: stats.get(inbound?.codecId ?? "")?.mimeType ?? "",
      packetsLost: inbound?.packetsLost ?? 0,
      // A picture that stands still now counts as well.
      longestGapMs: gap === undefined ? 0 : Math.max(gap.longestMs, performance.now() - gap.lastMs),
    };
  };
  const sidOf = (publication: LiveKit.LocalTrackPublication | undefined): string => {
    if (publication === undefined) throw new Error("nothing was published");
    return publication.trackSid;
  };

  const guest: GuestInPage = {
    room,
    told,
    microphone: async () => sidOf(await room.localParticipant.setMicrophoneEnabled(true, RAW)),
    async camera({ codec, widthPx: width, heightPx: height, fps, lowerPx }) {
      const capture = { resolution: { width, height, frameRate: fps } };
      const layer = (px: number) => new VideoPreset(px, (px * 9) / 16, px * 500, fps);
      const layers = lowerPx === undefined ? {} : { videoSimulcastLayers: lowerPx.map(layer) };
      const publishing = { videoCodec: codec, simulcast: true, ...layers };
      return sidOf(await room.localParticipant.setCameraEnabled(true, capture, publishing));
    },
    async screen(codec) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [480, 270];
      const drawing = canvas.getContext("2d");
      let count = 0;
      const draw = (): void => {
        if (drawing === null) return;
        drawing.fillStyle = `hsl(${(count * 37) % 360} 80% 50%)`;
        drawing.fillRect(0, 0, canvas.width, canvas.height);
        drawing.fillStyle = "black";
        drawing.font = "120px monospace";
        drawing.fillText(String((count += 1)), 60, 170);
      };
      draw();
      setInterval(draw, 200);
      const track = canvas.captureStream().getVideoTracks()[0];
      if (track === undefined) throw new Error("the canvas gives no track");
      const options = { source: Track.Source.ScreenShare, videoCodec: codec, simulcast: false };
      return sidOf(await room.localParticipant.publishTrack(track, options));
    },
    async seen() {
      const stats = await statsNow();
      const all = [...room.remoteParticipants.values()];
      return all.flatMap((who) => publicationsOf(who).map((one) => seenOf(who, one, stats)));
    },
    async sent() {
      const camera = room.localParticipant.getTrackPublication(Track.Source.Camera);
      const report = await camera?.track?.getRTCStatsReport();
      const layers = [...(report?.values() ?? [])].filter((one) => one.type === "outbound-rtp");
      return layers.map((one) => ({
        rid: String(one.rid ?? ""),
        isActive: one.active === true,
        widthPx: Number(one.frameWidth ?? 0),
        frames: Number(one.framesEncoded ?? 0),
      }));
    },
    show(width, identity) {
      if (identity === undefined) widthPx = width;
      else widths.set(identity, width);
      for (const video of document.querySelectorAll("video")) fit(video);
    },
    forgetGaps() {
      for (const gap of gaps.values()) Object.assign(gap, { lastMs: performance.now(), longestMs: 0 });
    },
    send: (text, { reliable, topic, to }) =>
      room.localParticipant.publishData(new TextEncoder().encode(text), {
        reliable,
        ...(topic === undefined ? {} : { topic }),
        ...(to === undefined ? {} : { destinationIdentities: to }),
      }),
    async reconnect(scenario) {
      const beganMs = performance.now();
      const done = new Promise<number>((resolve) => {
        room.once(RoomEvent.Reconnected, () => resolve(performance.now() - beganMs));
      });
      await room.simulateScenario(scenario);
      const tookMs = await done;
      // What it hears of others while it still counts itself as coming back, for up to 2 s, it keeps to itself (livekit-client 2.23).
      while (room.engine.pendingReconnect) await new Promise((resolve) => setTimeout(resolve, 50));
      return tookMs;
    },
  };
  Object.assign(globalThis, { guest });
  if (keys !== undefined) {
    await keys.setKey(key ?? "");
    await room.setE2EEEnabled(true);
  }
  await room.connect(url, token);
}
