/** A small live LL-HLS origin with real media and a clock of its own, which can be told to break one rule. Judges the judge. */
import { spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

type Part = Readonly<{ bytes: Buffer; durationSec: number; startSec: number; independent: boolean }>;
type Rendition = Readonly<{ name: string; init: Buffer; parts: readonly Part[]; targetSec: number }>;

/** One rule to break. */
export type Flaw =
  | "none"
  | "cut between key frames"
  | "long part"
  | "changed segment"
  | "changed part"
  | "no hold"
  | "wrong hint"
  | "no refusal"
  | "far ahead"
  | "no report"
  | "low bandwidth"
  | "false independent"
  | "wrong duration"
  | "other segment bytes"
  | "no date"
  | "wrong date"
  | "wrong skip"
  | "lost segment"
  | "plain text"
  | "wrong codec"
  | "low hold back"
  | "short skip"
  | "late audio"
  | "wrong size";

const SECONDS = 60;
const PARTS_PER_SEGMENT = 5;
const WINDOW_SEGMENTS = 8;
const EPOCH_MS = Date.UTC(2026, 7, 1, 12);

/** Encodes both renditions once; share the result between origins. */
export function encodeTestMedia(): readonly Rendition[] {
  // prettier-ignore
  const video = ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-t", `${SECONDS}`, "-c:v", "libx264", "-preset", "ultrafast", "-g", "25",
    "-bf", "0", "-pix_fmt", "yuv420p", "-movflags", "+empty_moov+default_base_moof", "-frag_duration", "200000", "-f", "mp4", "pipe:1"]);
  // prettier-ignore
  const audio = ffmpeg(["-f", "lavfi", "-i", "sine=r=48000", "-t", `${SECONDS}`, "-c:a", "aac",
    "-movflags", "+empty_moov+default_base_moof", "-frag_duration", "200000", "-f", "mp4", "pipe:1"]);
  return [split("video", video, 1 / 12_800, 5), split("audio", audio, 1 / 48_000, 1)];
}

function ffmpeg(args: readonly string[]): Buffer {
  const { stdout, stderr, status } = spawnSync("ffmpeg", ["-v", "error", ...args], { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

/** Init segment and one part for each moof with its mdat; durations come from trun or tfhd. */
function split(name: string, file: Buffer, tickSec: number, independentEvery: number): Rendition {
  const boxes: { type: string; bytes: Buffer }[] = [];
  for (let at = 0; at < file.length;) {
    const size = file.readUInt32BE(at);
    boxes.push({ type: file.toString("latin1", at + 4, at + 8), bytes: file.subarray(at, at + size) });
    at += size;
  }
  const parts: Part[] = [];
  let startSec = 0;
  for (const [at, { type, bytes }] of boxes.entries()) {
    if (type !== "moof") continue;
    const durationSec = ticksOf(bytes) * tickSec;
    parts.push({
      bytes: Buffer.concat([bytes, boxes[at + 1]?.bytes ?? Buffer.alloc(0)]),
      durationSec,
      startSec,
      independent: parts.length % independentEvery === 0,
    });
    startSec += durationSec;
  }
  const init = Buffer.concat(boxes.slice(0, 2).map(({ bytes }) => bytes));
  return { name, init, parts, targetSec: Math.max(...parts.map(({ durationSec }) => durationSec)) };
}

function ticksOf(moof: Buffer): number {
  const tfhd = moof.indexOf("tfhd");
  const tfhdFlags = moof.readUInt32BE(tfhd + 4) & 0xffffff;
  const offset = 12 + (tfhdFlags & 1 ? 8 : 0) + (tfhdFlags & 2 ? 4 : 0);
  const defaultTicks = tfhdFlags & 8 ? moof.readUInt32BE(tfhd + offset) : 0;
  const trun = moof.indexOf("trun");
  const flags = moof.readUInt32BE(trun + 4) & 0xffffff;
  const count = moof.readUInt32BE(trun + 8);
  if (!(flags & 0x100)) return count * defaultTicks;
  const entry = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  const first = trun + 12 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
  return Array.from({ length: count }, (_, i) => moof.readUInt32BE(first + i * entry)).reduce(
    (sum, ticks) => sum + ticks,
    0,
  );
}

/** Serves `index.m3u8` from now on; the first ten seconds of the media are there already. */
export async function startTestOrigin(
  media: readonly Rendition[],
  flaw: Flaw = "none",
): Promise<{ url: string; close: () => Promise<void> }> {
  const origin = new TestOrigin(media, flaw);
  const server = createServer((request, response) => void origin.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.m3u8`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class TestOrigin {
  readonly #media: readonly Rendition[];
  readonly #flaw: Flaw;
  readonly #began = performance.now() - 10_000;
  #version = 0;

  constructor(media: readonly Rendition[], flaw: Flaw) {
    const shift = flaw === "cut between key frames" ? 2 : 0;
    this.#media = media.map((rendition) => ({ ...rendition, parts: rendition.parts.slice(shift) }));
    this.#flaw = flaw;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://origin");
    if (url.pathname === "/index.m3u8") return this.#sendText(response, this.#multivariant());
    const [, name, file = ""] = url.pathname.split("/");
    const rendition = this.#media.find((each) => each.name === name);
    if (rendition === undefined) return void response.writeHead(404).end();
    if (file === "index.m3u8") return this.#playlist(rendition, url, response);
    if (file === "init.mp4") return void response.end(rendition.init);
    const [, msn = 0, part] = /^s(\d+)(?:\.(\d+))?\.m4s$/.exec(file) ?? [];
    return this.#sendMedia(rendition, Number(msn), part === undefined ? undefined : Number(part), response);
  }

  /** Parts that are there; a part can be had when its media has passed. */
  #available({ parts }: Rendition): number {
    const nowSec = (performance.now() - this.#began) / 1000;
    const next = parts.findIndex(({ startSec, durationSec }) => startSec + durationSec > nowSec);
    return next < 0 ? parts.length : next;
  }

  async #until(rendition: Rendition, count: number): Promise<void> {
    const last = rendition.parts[count - 1];
    while (last !== undefined && this.#available(rendition) < count) {
      const dueMs = this.#began + (last.startSec + last.durationSec) * 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, dueMs - performance.now())));
    }
  }

  async #sendMedia(
    rendition: Rendition,
    msn: number,
    part: number | undefined,
    response: ServerResponse,
  ): Promise<void> {
    const first = msn * PARTS_PER_SEGMENT;
    const wanted = part === undefined ? first + PARTS_PER_SEGMENT : first + part + 1;
    const oldest = Math.floor(this.#available(rendition) / PARTS_PER_SEGMENT) - WINDOW_SEGMENTS;
    if (wanted > this.#available(rendition) + 2) return void response.writeHead(404).end();
    if (this.#flaw === "lost segment" && msn < oldest) return void response.writeHead(404).end();
    if (this.#flaw === "no hold" && wanted > this.#available(rendition)) return void response.writeHead(404).end();
    await this.#until(rendition, wanted);
    const parts = rendition.parts.slice(part === undefined ? first : first + part, wanted).map(({ bytes }) => bytes);
    if (this.#flaw === "other segment bytes" && part === undefined) parts.pop();
    if (this.#flaw === "changed part" && part !== undefined)
      parts.push(Buffer.from([0, 0, 0, 9, 0x66, 0x72, 0x65, 0x65, this.#version++ % 256]));
    response.end(Buffer.concat(parts));
  }

  async #playlist(rendition: Rendition, url: URL, response: ServerResponse): Promise<void> {
    const msn = url.searchParams.get("_HLS_msn");
    const part = url.searchParams.get("_HLS_part");
    if (part !== null && msn === null && this.#flaw !== "no refusal") return void response.writeHead(400).end();
    if (msn !== null) {
      const wanted = Number(msn) * PARTS_PER_SEGMENT + (part === null ? PARTS_PER_SEGMENT : Number(part) + 1);
      const far = wanted > this.#available(rendition) + 3 * PARTS_PER_SEGMENT;
      if (far && this.#flaw !== "far ahead") return void response.writeHead(400).end();
      if (this.#flaw !== "no hold" && !far) await this.#until(rendition, wanted);
    }
    this.#sendText(response, this.#mediaText(rendition, url.searchParams.has("_HLS_skip")));
  }

  #mediaText(rendition: Rendition, skip: boolean): string {
    const count = this.#available(rendition);
    const open = Math.floor(count / PARTS_PER_SEGMENT);
    const first = Math.max(0, open - WINDOW_SEGMENTS);
    const skipped = skip ? Math.max(0, WINDOW_SEGMENTS - (this.#flaw === "short skip" ? 3 : 6)) : 0;
    const target = rendition.targetSec;
    const lines = [
      "#EXTM3U",
      `#EXT-X-VERSION:${skipped > 0 ? 9 : 6}`,
      "#EXT-X-INDEPENDENT-SEGMENTS",
      "#EXT-X-TARGETDURATION:1",
      `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6,PART-HOLD-BACK=${this.#flaw === "low hold back" ? target : 3 * target}`,
      `#EXT-X-PART-INF:PART-TARGET=${(this.#flaw === "long part" ? target * 0.9 : target).toFixed(6)}`,
      `#EXT-X-MEDIA-SEQUENCE:${first}`,
    ];
    if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped + (this.#flaw === "wrong skip" ? 1 : 0)}`);
    else lines.push('#EXT-X-MAP:URI="init.mp4"');
    for (let msn = first + skipped; msn < open; msn++)
      lines.push(...this.#segment(rendition, msn, PARTS_PER_SEGMENT, open - msn <= 2));
    if (count % PARTS_PER_SEGMENT > 0) lines.push(...this.#segment(rendition, open, count % PARTS_PER_SEGMENT, true));
    const hinted = this.#flaw === "wrong hint" ? count + 1 : count;
    lines.push(
      `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="s${Math.floor(hinted / PARTS_PER_SEGMENT)}.${hinted % PARTS_PER_SEGMENT}.m4s"`,
    );
    for (const other of this.#media) {
      if (other === rendition || this.#flaw === "no report") continue;
      const last = this.#available(other) - 1;
      lines.push(
        `#EXT-X-RENDITION-REPORT:URI="../${other.name}/index.m3u8",LAST-MSN=${Math.floor(last / PARTS_PER_SEGMENT)},LAST-PART=${last % PARTS_PER_SEGMENT}`,
      );
    }
    return `${lines.join("\n")}\n`;
  }

  #segment(rendition: Rendition, msn: number, count: number, withParts: boolean): string[] {
    const at = msn * PARTS_PER_SEGMENT;
    const parts = rendition.parts.slice(at, at + count);
    const late =
      this.#flaw === "late audio" && rendition.name === "audio" ? 500 : this.#flaw === "wrong date" ? msn * 100 : 0;
    const date = new Date(EPOCH_MS + (parts[0]?.startSec ?? 0) * 1000 + late).toISOString();
    const lines = this.#flaw === "no date" ? [] : [`#EXT-X-PROGRAM-DATE-TIME:${date}`];
    for (const [index, part] of parts.entries()) {
      const independent = part.independent || this.#flaw === "false independent" ? ",INDEPENDENT=YES" : "";
      if (withParts)
        lines.push(`#EXT-X-PART:DURATION=${part.durationSec.toFixed(6)},URI="s${msn}.${index}.m4s"${independent}`);
    }
    if (count < PARTS_PER_SEGMENT) return lines;
    const seconds =
      parts.reduce((sum, { durationSec }) => sum + durationSec, 0) + (this.#flaw === "wrong duration" ? 0.1 : 0);
    const changed = this.#flaw === "changed segment" ? `?v=${this.#version++}` : "";
    return [...lines, `#EXTINF:${seconds.toFixed(6)},`, `s${msn}.m4s${changed}`];
  }

  #multivariant(): string {
    const codecs = this.#flaw === "wrong codec" ? "hvc1.1.6.L93.B0,mp4a.40.2" : "avc1.42c00c,mp4a.40.2";
    const size = this.#flaw === "wrong size" ? "640x360" : "320x180";
    return `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=${this.#flaw === "low bandwidth" ? 1000 : 20_000_000},CODECS="${codecs}",RESOLUTION=${size},FRAME-RATE=25.000,AUDIO="a"\nvideo/index.m3u8\n`;
  }

  #sendText(response: ServerResponse, text: string): void {
    const type = this.#flaw === "plain text" ? "text/plain" : "application/vnd.apple.mpegurl";
    response.writeHead(200, { "content-type": type, "content-encoding": "gzip", "cache-control": "max-age=1" });
    response.end(gzipSync(text));
  }
}
