/**
 * What LL-HLS viewers cost. (1) Players with blocking reload and hinted parts against a live broadcast: viewers per core.
 * (2) The same part asked for in closed loops from the origin and from nginx (static file, one worker), A/B/A/B: CPU per request.
 * Options: --viewers 300, --seconds 20, --rounds 3, --part-ms 500, --kbps 2400.
 */
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fetchPlaylist, mediaPlaylistUrls } from "../e2e/lib/playlist.ts";
import { broadcastIn, openShow } from "../e2e/lib/show.ts";
import { until } from "../e2e/lib/wait.ts";
import { makeFlv, pushFlv, startChild, stopChild } from "./lib/feed.ts";
import { coresOver, cpuSec, sleep } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const viewers = option("viewers", 300);
const seconds = option("seconds", 20);
const rounds = option("rounds", 3);
const partMs = option("part-ms", 500);
const kbps = option("kbps", 2400);

type LoadResult = Readonly<{
  seconds: number;
  requests: number;
  bytes: number;
  errors: number;
  partMsP95: number | null;
  ownCores: number;
}>;

/** Runs the generator in a process of its own and tells what the server's process paid for it. */
async function load(task: unknown, serverPid: number): Promise<LoadResult & { cores: number; cpuSec: number }> {
  const before = cpuSec(serverPid);
  const program = fileURLToPath(new URL("lib/load.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString("utf8")));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the load generator ended with ${String(code)}`);
  const result = JSON.parse(text) as LoadResult;
  const paid = cpuSec(serverPid) - before;
  return { ...result, cpuSec: paid, cores: paid / result.seconds };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** nginx with one worker and sendfile, serving `bytes` as /part.mp4. */
async function startNginx(
  dir: string,
  bytes: Uint8Array,
): Promise<{ pid: number; port: number; stop(): Promise<void> }> {
  await mkdir(path.join(dir, "www"), { recursive: true });
  await writeFile(path.join(dir, "www/part.mp4"), bytes);
  const port = await freePort();
  const conf = `daemon off; worker_processes 1; user root; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 4096; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; default_type video/mp4;
  client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
  server { listen 127.0.0.1:${port}; root ${dir}/www; } }`;
  await writeFile(path.join(dir, "nginx.conf"), conf);
  const child = startChild("nginx", ["-c", path.join(dir, "nginx.conf"), "-p", dir]);
  await until("nginx to answer", async () => (await fetch(`http://127.0.0.1:${port}/part.mp4`)).ok, 10_000);
  return {
    pid: child.pid ?? 0,
    port,
    stop: () => new Promise((resolve) => (child.once("exit", () => resolve()), child.kill("SIGTERM"))),
  };
}

const dir = await mkdtemp(path.join(os.tmpdir(), "rostrum-bench-"));
const flv = makeFlv(dir, kbps);
await using show = await openShow({ env: { PART_TARGET_MS: String(partMs), LOG_LEVEL: "warn" } });
const sender = pushFlv(flv, show.ingestUrl);
const { id } = await broadcastIn(show.owner, "live");
const { url } = show.server.ready;
const port = Number(new URL(url).port);
const pid = show.server.pid;
const playlists = await until("playlists", () => mediaPlaylistUrls(`${url}/live/${id}/index.m3u8`));
await until("a full window", async () => (await fetchPlaylist(playlists[0] ?? "")).segments.length >= 4);

const ingestOnly: number[] = [];
const watched: Array<Awaited<ReturnType<typeof load>>> = [];
for (let run = 0; run < rounds; run += 1) {
  ingestOnly.push(await coresOver(pid, 5000));
  watched.push(
    await load(
      { kind: "players", port, playlists: playlists.map((one) => new URL(one).pathname), viewers, seconds },
      pid,
    ),
  );
}

// The newest part of the video: what players ask for most.
const playlist = await fetchPlaylist(playlists[0] ?? "");
const parts = [...playlist.text.matchAll(/#EXT-X-PART:[^\n]*URI="([^"]+)"/g)];
const partUrl = new URL(parts.at(-1)?.[1] ?? "", playlists[0]);
const part = new Uint8Array(await (await fetch(partUrl)).arrayBuffer());
const nginx = await startNginx(path.join(dir, "nginx"), part);
const perRequest = { origin: [] as number[], nginx: [] as number[] };
for (let run = 0; run < rounds; run += 1) {
  const connections = 50;
  const idle = await coresOver(pid, 3000);
  const own = await load({ kind: "loop", port, path: partUrl.pathname, connections, seconds: 6 }, pid);
  perRequest.origin.push(own.requests / (own.cpuSec - idle * own.seconds));
  const theirs = await load({ kind: "loop", port: nginx.port, path: "/part.mp4", connections, seconds: 6 }, nginx.pid);
  perRequest.nginx.push(theirs.requests / theirs.cpuSec);
}
await nginx.stop();
await stopChild(sender);
await sleep(200);
await rm(dir, { recursive: true, force: true });

const base = median(ingestOnly);
const cores = median(watched.map((run) => run.cores - base));
const origin = median(perRequest.origin);
const peer = median(perRequest.nginx);
report("delivery", {
  viewers,
  partTargetMs: partMs,
  kbps,
  rounds,
  coresForViewers: round(cores, 3),
  viewersPerCore: round(viewers / cores),
  partFetchMsP95: round(median(watched.map((run) => run.partMsP95 ?? 0))),
  errors: watched.reduce((sum, run) => sum + run.errors, 0),
  requestsPerViewerSec: round(median(watched.map((run) => run.requests / run.seconds)) / viewers, 1),
  generatorCores: round(Math.max(...watched.map((run) => run.ownCores)), 2),
  partBytes: part.byteLength,
  partRequestsPerCpuSec: { rostrum: round(origin), nginxStatic: round(peer) },
  ratioToNginx: round(origin / peer, 2),
  target: { viewersPerCore: 2500, ratioToNginx: 0.45 },
});
