/**
 * What realtime viewers cost: WebSocket viewers of a live broadcast that get every frame as it comes, and LL-HLS players of the
 * same broadcast in the same run, A/B/A/B.
 * Options: --viewers 300, --seconds 15, --rounds 2, --kbps 2400, --part-ms 500.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fetchPlaylist, mediaPlaylistUrls } from "../e2e/lib/playlist.ts";
import { broadcastIn, openShow } from "../e2e/lib/show.ts";
import { until } from "../e2e/lib/wait.ts";
import { makeFlv, pushFlv, stopChild } from "./lib/feed.ts";
import { coresOver, cpuSec, residentMb, sleep } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const viewers = option("viewers", 300);
const seconds = option("seconds", 15);
const rounds = option("rounds", 2);
const kbps = option("kbps", 2400);
const partMs = option("part-ms", 500);

type Run = Readonly<{
  cores: number;
  residentMb: number;
  ownCores: number;
  seconds: number;
  bytes: number;
  messages?: Readonly<{ least: number; most: number }>;
  closed?: number;
  errors?: number;
  firstMessageMsP95?: number;
}>;

const dir = await mkdtemp(path.join(os.tmpdir(), "rostrum-bench-"));
const flv = makeFlv(dir, kbps);
await using show = await openShow({ env: { PART_TARGET_MS: String(partMs), LOG_LEVEL: "warn" } });
const sender = pushFlv(flv, show.ingestUrl);
const { id } = await broadcastIn(show.owner, "live");
const { url } = show.server.ready;
const port = Number(new URL(url).port);
const { pid } = show.server;
const playlists = await until("playlists", () => mediaPlaylistUrls(`${url}/live/${id}/index.m3u8`));
await until("a full window", async () => (await fetchPlaylist(playlists[0] ?? "")).segments.length >= 4);

/** Runs a generator; what the server pays is counted from its first line (or its start) to its last. */
async function load(program: string, task: unknown): Promise<Run> {
  const file = fileURLToPath(new URL(`lib/${program}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let before = cpuSec(pid);
  let result: Omit<Run, "cores" | "residentMb"> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = JSON.parse(line) as { ready?: true } & Omit<Run, "cores" | "residentMb">;
    if (parsed.ready === true) before = cpuSec(pid);
    else result = parsed;
  }
  if (result === undefined) throw new Error(`${program} printed no result`);
  return { ...result, cores: (cpuSec(pid) - before) / result.seconds, residentMb: residentMb(pid) };
}

const ingestOnly: number[] = [];
const memoryBefore = residentMb(pid);
const realtime: Run[] = [];
const hls: Run[] = [];
const realtimePath = `/live/${id}/realtime`;
const players = { kind: "players", port, playlists: playlists.map((one) => new URL(one).pathname), viewers, seconds };
for (let run = 0; run < rounds; run += 1) {
  ingestOnly.push(await coresOver(pid, 5000));
  realtime.push(await load("realtime-load", { port, path: realtimePath, viewers, seconds }));
  await sleep(1000);
  hls.push(await load("load", players));
}
await stopChild(sender);
await rm(dir, { recursive: true, force: true });

const base = median(ingestOnly);
const costOf = (runs: readonly Run[]): number => median(runs.map(({ cores }) => cores - base));
const perCore = (runs: readonly Run[]): number => round(viewers / costOf(runs));
const megabits = median(realtime.map(({ bytes, seconds: lasted }) => (bytes * 8) / lasted / viewers / 1e6));
report("realtime", {
  viewers,
  kbps,
  rounds,
  partTargetMs: partMs,
  coresForIngest: round(base, 3),
  realtime: {
    cpuSecPerViewerSec: round(costOf(realtime) / viewers, 6),
    viewersPerCore: perCore(realtime),
    messagesPerViewerSec: round(median(realtime.map((run) => (run.messages?.least ?? 0) / run.seconds)), 1),
    messagesMissedByTheWorst: Math.max(
      ...realtime.map(({ messages }) => (messages?.most ?? 0) - (messages?.least ?? 0)),
    ),
    closedByTheServer: realtime.reduce((sum, run) => sum + (run.closed ?? 0), 0),
    firstMessageMsP95: round(median(realtime.map((run) => run.firstMessageMsP95 ?? Number.NaN))),
    mbpsPerViewer: round(megabits, 2),
    serverMbMore: round(Math.max(...realtime.map((run) => run.residentMb)) - memoryBefore),
    generatorCores: round(Math.max(...realtime.map(({ ownCores }) => ownCores)), 2),
  },
  llHls: {
    cpuSecPerViewerSec: round(costOf(hls) / viewers, 6),
    viewersPerCore: perCore(hls),
    errors: hls.reduce((sum, run) => sum + (run.errors ?? 0), 0),
    generatorCores: round(Math.max(...hls.map(({ ownCores }) => ownCores)), 2),
  },
  ratioOfViewersPerCore: round(costOf(hls) / costOf(realtime), 2),
});
