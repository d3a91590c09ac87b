/** What ffprobe and FFmpeg say about media that can be fetched: its length, its tracks, how far sound and picture are apart. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type MediaFacts = Readonly<{
  durationSec: number;
  /** Presentation times in the order of the file, in seconds. */
  videoSec: readonly number[];
  audioSec: readonly number[];
}>;

/** @param url of a playlist or a file. @throws when ffprobe cannot read it */
export async function probeMedia(url: string): Promise<MediaFacts> {
  const format = [
    "-show_entries",
    "format=duration:stream=index,codec_type:packet=stream_index,pts_time",
    "-of",
    "json",
  ];
  const { stdout } = await run("ffprobe", ["-v", "error", ...format, url], { maxBuffer: 256 * 1024 * 1024 });
  const found = JSON.parse(stdout) as {
    format: { duration: string };
    streams: { index: number; codec_type: string }[];
    packets: { stream_index: number; pts_time?: string }[];
  };
  const times = (type: string): number[] => {
    const index = found.streams.find((stream) => stream.codec_type === type)?.index;
    const own = found.packets.filter((packet) => packet.stream_index === index && packet.pts_time !== undefined);
    return own.map((packet) => Number(packet.pts_time));
  };
  return { durationSec: Number(found.format.duration), videoSec: times("video"), audioSec: times("audio") };
}

/**
 * The media of a playlist as files, one for each init segment: FFmpeg's HLS reader keeps the first one for good, browsers do not.
 * @param dir is where they are put
 */
export async function piecesByInit(playlistUrl: string, dir: string): Promise<string[]> {
  const lines = (await (await fetch(playlistUrl)).text()).split("\n");
  const pieces = new Map<string, string[]>();
  let init = "";
  for (const line of lines) {
    init = /^#EXT-X-MAP:URI="([^"]+)"/.exec(line)?.[1] ?? init;
    if (line !== "" && !line.startsWith("#")) pieces.set(init, [...(pieces.get(init) ?? []), line]);
  }
  const bytesOf = async (uri: string): Promise<Buffer> =>
    Buffer.from(await (await fetch(new URL(uri, playlistUrl))).arrayBuffer());
  const files: string[] = [];
  for (const [uri, segments] of pieces) {
    const file = path.join(dir, `piece-${uri}`);
    await writeFile(file, Buffer.concat(await Promise.all([uri, ...segments].map(bytesOf))));
    files.push(file);
  }
  return files;
}

/** Decodes everything; the lines of FFmpeg's complaints. In the media's own time base: in one of whole frames short ones collide. */
export async function decodeErrors(url: string): Promise<string[]> {
  const exactTimes = ["-vsync", "passthrough", "-enc_time_base:v", "-1"];
  const args = ["-v", "error", "-nostdin", "-i", url, ...exactTimes, "-f", "null", "-"];
  const { stderr } = await run("ffmpeg", args, { maxBuffer: 16 * 1024 * 1024 });
  return stderr.split("\n").filter((line) => line !== "");
}
