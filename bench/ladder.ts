/**
 * What a ladder costs: the processor time of our FFmpeg child beside the same encoders in a plain FFmpeg command on the same file,
 * one after the other, in turns. Also how long the rungs take to begin, and whether their segments are the source's to the tick.
 * Options: --rounds 2, --seconds 20 (of the file, at most 30), --kbps 3000.
 */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import { broadcastIn, ingestUrl, openShow } from "../e2e/lib/show.ts";
import { until } from "../e2e/lib/wait.ts";
import { makeFlv, startChild, stopChild } from "./lib/feed.ts";
import { cpuSec, sleep } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const rounds = option("rounds", 2);
const seconds = option("seconds", 20);
const kbps = option("kbps", 3000);
const SAMPLE_MS = 100;
/** Rungs of the automatic ladder below 720p, as transcode/ladder.ts has them. */
const RUNGS = [
  { widthPx: 854, heightPx: 480, bps: 1_500_000 },
  { widthPx: 640, heightPx: 360, bps: 800_000 },
];

const dir = await mkdtemp(path.join(os.tmpdir(), "rostrum-bench-"));
const flv = makeFlv(dir, kbps);
const push = (url: string) =>
  startChild("ffmpeg", [
    "-v",
    "error",
    "-nostdin",
    "-re",
    "-t",
    String(seconds),
    "-i",
    flv,
    "-c",
    "copy",
    "-f",
    "flv",
    url,
  ]);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The last reading before the process is gone: all that it has used. */
async function spentBy(pid: number): Promise<number> {
  let spent = 0;
  while (isAlive(pid)) {
    spent = Math.max(spent, cpuSec(pid));
    await sleep(SAMPLE_MS);
  }
  return spent;
}

/** What anybody would type: the same sizes, rates and encoder settings, into files. */
async function bare(): Promise<number> {
  const outputs = RUNGS.flatMap(({ heightPx, bps }, index) => [
    ...["-map", `[o${index}]`, "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-bf", "0"],
    ...[
      "-g",
      "60",
      "-keyint_min",
      "60",
      "-sc_threshold",
      "0",
      "-threads",
      String(Math.min(2, os.availableParallelism())),
    ],
    ...["-b:v", String(bps), "-maxrate", String(bps), "-bufsize", String(bps)],
    ...["-f", "mp4", "-y", path.join(dir, `${heightPx}.mp4`)],
  ]);
  const scaled = RUNGS.map(({ widthPx, heightPx }, n) => `[i${n}]scale=${widthPx}:${heightPx}:flags=bicubic[o${n}]`);
  const graph = [`[0:v]split=${RUNGS.length}${RUNGS.map((_, n) => `[i${n}]`).join("")}`, ...scaled].join(";");
  const input = ["-v", "error", "-nostdin", "-re", "-threads", "1", "-t", String(seconds), "-i", flv];
  const child = startChild("ffmpeg", [...input, "-filter_complex", graph, ...outputs]);
  return spentBy(child.pid ?? 0);
}

/** The FFmpeg below the server that makes a ladder. */
async function ladderChildOf(serverPid: number): Promise<number | undefined> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    const parent = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${name}/status`, "utf8").catch(() => ""))?.[1];
    if (command.includes("filter_complex") && Number(parent) === serverPid) return Number(name);
  }
  return undefined;
}

type Ours = Readonly<{ cpu: number; beginSec: number; firstPartSec: number; segments: number; unequal: number }>;

async function ours(): Promise<Ours> {
  await using show = await openShow({ env: { LOG_LEVEL: "warn", TRANSCODE_CORES: "16" } });
  const { items } = await show.owner.call<{ items: { id: string }[] }>("GET", "/channels?mine=true");
  await show.owner.call("PATCH", `/channels/${items[0]?.id}`, { settings: { ladder: "auto", autoLive: false } });
  await sleep(3000);
  const encoder = push(ingestUrl(show.server, show.owner.key));
  const { id } = await broadcastIn(show.owner, "preview");
  const { hlsUrl } = await show.owner.call<{ hlsUrl: string }>("GET", `/broadcasts/${id}/playback`);
  const preview = show.server.ready.url + hlsUrl;
  const [sourceMs, rungMs] = await Promise.all([firstPartAtMs(preview, 0), firstPartAtMs(preview, 1)]);
  await show.owner.call("POST", `/broadcasts/${id}/live`);
  const pid = await until("the ladder to begin", () => ladderChildOf(show.server.pid));
  const cpu = await spentBy(pid);
  await stopChild(encoder);
  const metrics = await (await fetch(`${show.server.ready.url}/metrics`)).text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, "m").exec(metrics)?.[1] ?? Number.NaN);
  const beginSec = figure("rostrum_ladder_begin_seconds_sum") / figure("rostrum_ladder_begin_seconds_count");
  const unequal = await compare(`${show.server.ready.url}/live/${id}/`);
  return { cpu, beginSec, firstPartSec: (rungMs - sourceMs) / 1000, ...unequal };
}

/** When the playlist of the `nth` variant was first seen to name media (asked every 100 ms), in ms of a monotonic clock. */
async function firstPartAtMs(multivariant: string, nth: number): Promise<number> {
  await until(`media of variant ${nth}`, async () => {
    const { variants } = parseMultivariantPlaylist(await (await fetch(multivariant)).text());
    const uri = variants[nth]?.uri;
    if (uri === undefined) return false;
    return /#EXT-X-PART:|#EXTINF:/.test(await (await fetch(new URL(uri, multivariant))).text());
  });
  return performance.now();
}

/** Where every segment begins and ends, in ticks. */
async function boundaries(base: string): Promise<Map<number, string>> {
  const { segments, mediaSequence } = parseMediaPlaylist(await (await fetch(`${base}index.m3u8`)).text());
  const found = new Map<number, string>();
  for (const [index, { uri, gap }] of segments.entries()) {
    if (gap === true) continue;
    const bytes = new Uint8Array(await (await fetch(new URL(uri, base))).arrayBuffer());
    const samples = parseFragments(bytes).flatMap((fragment) => fragment.samples);
    const [first, last] = [samples[0], samples.at(-1)];
    if (first !== undefined && last !== undefined)
      found.set(
        mediaSequence + index,
        `${first.dts} ${last.dts + last.duration} ${Math.min(...samples.map((one) => one.pts))}`,
      );
  }
  return found;
}

async function compare(base: string): Promise<{ segments: number; unequal: number }> {
  const { variants } = parseMultivariantPlaylist(await (await fetch(`${base}index.m3u8`)).text());
  const [source, ...rungs] = await Promise.all(variants.map(({ uri }) => boundaries(`${base}${path.dirname(uri)}/`)));
  const compared = rungs.flatMap((rung) => [...rung].map(([msn, ticks]) => source?.get(msn) === ticks));
  return { segments: compared.length, unequal: compared.filter((equal) => !equal).length };
}

const runs: Ours[] = [];
const plain: number[] = [];
for (let run = 0; run < rounds; run += 1) {
  runs.push(await ours());
  plain.push(await bare());
}
await rm(dir, { recursive: true, force: true });

const own = median(runs.map(({ cpu }) => cpu));
const unequal = runs.reduce((total, one) => total + one.unequal, 0);
report("ladder", {
  sourceSec: seconds,
  rounds,
  cpuSec: { rostrum: round(own, 2), bareFfmpeg: round(median(plain), 2) },
  ratio: round(own / median(plain), 3),
  firstPictureAfterMs: round(median(runs.map(({ beginSec }) => beginSec)) * 1000),
  firstPartAfterSourcesMs: round(median(runs.map(({ firstPartSec }) => firstPartSec)) * 1000),
  segmentsCompared: runs.reduce((total, one) => total + one.segments, 0),
  boundariesUnequal: unequal,
  target: { ratio: 1.1, firstPartAfterSourcesMs: 2500, boundariesUnequal: 0 },
});
if (unequal > 0) throw new Error(`${unequal} segments do not begin and end where the source's do`);
