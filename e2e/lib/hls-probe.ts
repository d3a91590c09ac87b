/** What ffprobe says about an init segment and a segment, and whether the playlist tells the truth about them. */
import { spawn } from "node:child_process";
import type { Findings } from "./hls-findings.ts";
import type { ReadSegment } from "./hls-reader.ts";

export type Packet = Readonly<{ ptsSec: number; dtsSec: number; durationSec: number; key: boolean; position: number }>;

export type Probed = Readonly<{
  kind: string;
  codec: string;
  widthPx: number | undefined;
  heightPx: number | undefined;
  packets: readonly Packet[];
}>;

type Json = Readonly<{
  streams?: ReadonlyArray<Readonly<Record<string, string | number>>>;
  packets?: ReadonlyArray<Readonly<Record<string, string | number>>>;
}>;

/** Runs ffprobe over the bytes. Undefined when it finds nothing that it can read. */
export async function probe(init: Uint8Array, media: Uint8Array): Promise<Probed | undefined> {
  const text = await ffprobe(Buffer.concat([init, media]));
  const { streams = [], packets = [] } = JSON.parse(text === "" ? "{}" : text) as Json;
  const [stream] = streams;
  if (stream === undefined) return undefined;
  const number = (value: string | number | undefined): number => Number(value ?? Number.NaN);
  return {
    kind: String(stream["codec_type"]),
    codec: String(stream["codec_name"]),
    widthPx: stream["width"] === undefined ? undefined : number(stream["width"]),
    heightPx: stream["height"] === undefined ? undefined : number(stream["height"]),
    packets: withDurations(
      packets.map((packet) => ({
        ptsSec: number(packet["pts_time"]),
        dtsSec: number(packet["dts_time"]),
        durationSec: number(packet["duration_time"]),
        key: String(packet["flags"]).startsWith("K"),
        position: number(packet["pos"]),
      })),
    ),
  };
}

/** Where ffprobe says none, a packet lasts until the next one, and the last as long as the one before. */
function withDurations(packets: readonly Packet[]): Packet[] {
  let usual = 0;
  return packets.map((packet, at) => {
    if (!Number.isNaN(packet.durationSec)) usual = packet.durationSec;
    else usual = (packets[at + 1]?.dtsSec ?? packet.dtsSec + usual) - packet.dtsSec;
    return { ...packet, durationSec: usual };
  });
}

function ffprobe(bytes: Buffer): Promise<string> {
  const entries = "stream=codec_type,codec_name,width,height:packet=pts_time,dts_time,duration_time,flags,pos";
  const args = ["-v", "error", "-show_entries", entries, "-of", "json", "-i", "pipe:0"];
  return new Promise((resolve, reject) => {
    const child = spawn("ffprobe", args, { stdio: ["pipe", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", () => resolve(output));
    // ffprobe may close its input early; what it printed then decides.
    child.stdin.on("error", () => {});
    child.stdin.end(bytes);
  });
}

/** Where a segment's media begins and ends on the media timeline, in seconds. */
export function extent({ packets }: Probed): { startSec: number; endSec: number } {
  const startSec = Math.min(...packets.map(({ ptsSec }) => ptsSec));
  return { startSec, endSec: startSec + packets.reduce((sum, { durationSec }) => sum + durationSec, 0) };
}

/** Durations and key frames of one segment as the playlist tells them. `partBytes` are the sizes of its parts in order. */
export function checkMedia(
  segment: ReadSegment,
  probed: Probed,
  initBytes: number,
  partBytes: readonly number[],
  url: string,
  findings: Findings,
): void {
  const { startSec, endSec } = extent(probed);
  const told = segment.durationSec;
  const real = endSec - startSec;
  const tolerance = Math.max(0.002, ...probed.packets.map(({ durationSec }) => durationSec * 0.51));
  findings.check(
    Math.abs(told - real) <= tolerance,
    "must",
    "4.4.4.1",
    "EXTINF is the duration of the media",
    url,
    `${told}, media ${real.toFixed(6)} in ${segment.msn}`,
  );
  let from = initBytes;
  for (const [at, part] of segment.parts.entries()) {
    const to = from + (partBytes[at] ?? 0);
    const inside = probed.packets.filter(({ position }) => position >= from && position < to);
    const where = `${segment.msn}.${at}`;
    const seconds = inside.reduce((sum, { durationSec }) => sum + durationSec, 0);
    findings.check(
      Math.abs(seconds - part.durationSec) <= tolerance,
      "must",
      "4.4.4.9",
      "DURATION is the duration of the part's media",
      url,
      `${part.durationSec}, media ${seconds.toFixed(6)} in ${where}`,
    );
    if (probed.kind === "video") {
      findings.check(
        !part.independent || inside.some(({ key }) => key),
        "must",
        "4.4.4.9",
        "an independent part contains a key frame",
        url,
        where,
      );
      findings.check(
        part.independent || !inside.some(({ key }) => key),
        "should",
        "4.4.4.9",
        "a part with a key frame says INDEPENDENT=YES",
        url,
        where,
      );
    }
    from = to;
  }
}
