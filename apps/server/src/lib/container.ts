/** Which container an upload is, by its first bytes; its name says nothing. */

/** What is read, with FFmpeg's name of the one demuxer that may read it. */
export type Container = "mov" | "matroska" | "avi" | "flv" | "mpegts" | "mpeg";

export type Sniffed =
  | { readonly ok: true; readonly container: Container }
  | { readonly ok: false; readonly reason: string };

/** How many of the first bytes are enough. */
export const SNIFF_BYTES = 1024;

const REFUSAL = "This is not a video that can be read; MP4, MOV, MKV, WebM, AVI, FLV, MPEG-TS and MPEG-PS can.";
const PLAYLIST = "This is a playlist that only names other files; upload the video itself.";
const MOV_BOXES = new Set(["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]);
const TS_SYNC = 0x47;

/** The container of what begins with `head`, or a sentence why it is refused. */
export function sniffContainer(head: Uint8Array): Sniffed {
  const text = Buffer.from(head).toString("latin1");
  // Playlists name other files and hosts, which FFmpeg would open.
  if (isPlaylist(text)) return { ok: false, reason: PLAYLIST };
  const container = containerOf(head, text);
  return container === undefined ? { ok: false, reason: REFUSAL } : { ok: true, container };
}

function containerOf(head: Uint8Array, text: string): Container | undefined {
  if (MOV_BOXES.has(text.slice(4, 8))) return "mov";
  if (text.startsWith("\x1a\x45\xdf\xa3")) return "matroska";
  if (text.startsWith("RIFF") && text.slice(8, 11) === "AVI") return "avi";
  if (text.startsWith("FLV\x01")) return "flv";
  if (text.startsWith("\x00\x00\x01\xba")) return "mpeg";
  return isTransportStream(head, 188, 0) || isTransportStream(head, 192, 4) ? "mpegts" : undefined;
}

function isPlaylist(text: string): boolean {
  const start = text.replace(/^\u00ef\u00bb\u00bf/, "").trimStart();
  return /^(#EXTM3U|ffconcat|\[playlist\]|<\?xml|<MPD|<SMIL|#!)/i.test(start);
}

function isTransportStream(head: Uint8Array, packetBytes: number, offset: number): boolean {
  return [0, 1, 2, 3].every((n) => head[offset + n * packetBytes] === TS_SYNC);
}
