/** What WHEP says beside descriptions: where RTP times lie in the show, and events on the data channel. Pure. */

/** `rtp` is the RTP time of media time 0; `mediaSec` was the newest when the answer was written; `wallZeroMs` is Unix ms of media time 0. */
export type ShowClock = Readonly<{ rtp: number; rateHz: number; mediaSec: number; wallZeroMs: number }>;

export type WhepMessage =
  | Readonly<{ type: "tracks"; video: boolean; audio: boolean; transcoded: boolean }>
  | Readonly<{ type: "clock"; clock: ShowClock }>
  | Readonly<{ type: "handover"; reason: string }>
  | Readonly<{ type: "end" }>;

/** Label of the channel by which the server says what RTP cannot. */
export const EVENTS_LABEL = "rostrum";

/** The header `Rostrum-Clock`; undefined when it is not there, or of a newer kind. */
export function parseClock(header: string | null): ShowClock | undefined {
  const fields = new Map((header ?? "").split(";").map(fieldOf));
  return clockOf((name) => Number(fields.get(name) || Number.NaN));
}

function clockOf(read: (name: string) => number): ShowClock | undefined {
  const clock = { rtp: read("rtp"), rateHz: read("rate"), mediaSec: read("media"), wallZeroMs: read("wall") };
  return Object.values(clock).every((value) => Number.isFinite(value)) && clock.rateHz > 0 ? clock : undefined;
}

function fieldOf(part: string): [string, string] {
  const [name = "", value = ""] = part.trim().split("=", 2);
  return [name, value];
}

/** Undefined for what a newer server may say. */
export function parseMessage(data: unknown): WhepMessage | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const said: unknown = JSON.parse(data);
    if (typeof said !== "object" || said === null) return undefined;
    const fields = said as Readonly<Record<string, unknown>>;
    const { type, video, audio, transcoded, reason } = fields;
    if (type === "tracks")
      return { type, video: video === true, audio: audio === true, transcoded: transcoded === true };
    if (type === "handover") return { type, reason: typeof reason === "string" ? reason : "" };
    if (type === "clock") {
      const clock = clockOf((name) => Number(fields[name] ?? Number.NaN));
      return clock && { type, clock };
    }
    return type === "end" ? { type } : undefined;
  } catch {
    return undefined;
  }
}

/** Browsers play Opus in mono unless their own description says that they can do both channels (RFC 7587 §6.1). */
export function withStereo(sdp: string): string {
  const payloadType = /^a=rtpmap:(\d+) opus\/48000\/2\r?$/im.exec(sdp)?.[1];
  if (payloadType === undefined || /^a=fmtp:\d+ .*\bstereo=1/m.test(sdp)) return sdp;
  return sdp.replace(new RegExp(String.raw`^(a=fmtp:${payloadType} [^\r\n]*)`, "m"), "$1;stereo=1");
}
