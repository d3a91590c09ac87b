/**
 * What one 3 Mbps pass-through broadcast costs from RTMP to packaged HLS, beside others doing the same with the same senders
 * in the same run: nginx-rtmp (HLS), node-media-server (HTTP-FLV, does not package) and FFmpeg (copy to fragmented HLS).
 * Options: --broadcasts 4, --seconds 20, --rounds 2, --kbps 3000.
 */
import { existsSync } from "node:fs";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Show, ingestUrl, openShow } from "../e2e/lib/show.ts";
import { until } from "../e2e/lib/wait.ts";
import { makeFlv, pushFlv, startChild, stopChild } from "./lib/feed.ts";
import { coresOver, residentMb, sleep } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const broadcasts = option("broadcasts", 4);
const seconds = option("seconds", 20);
const rounds = option("rounds", 2);
const kbps = option("kbps", 3000);
const WARM_MS = 6000;

/** A server under test: where sender `n` publishes, which process pays. */
type Contender = Readonly<{ pid: number; url(n: number): string; stop(): Promise<void> }>;

const dir = await mkdtemp(path.join(os.tmpdir(), "rostrum-bench-"));
const flv = makeFlv(dir, kbps);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One channel, and so one key, per broadcast. */
async function keysOf(show: Show): Promise<string[]> {
  const keys = [show.owner.key];
  for (let n = 1; n < broadcasts; n += 1) {
    const channel = await show.owner.call<{ id: string }>("POST", "/channels", {
      handle: `bench_${n}`,
      title: `Bench ${n}`,
    });
    const answer = await show.owner.call<{ key: string }>("POST", `/channels/${channel.id}/keys/primary/rotate`);
    keys.push(answer.key);
  }
  return keys;
}

async function rostrum(): Promise<Contender & { idle: number; idleMb: number }> {
  const show = await openShow({ env: { LOG_LEVEL: "warn" } });
  const keys = await keysOf(show);
  await sleep(WARM_MS);
  return {
    pid: show.server.pid,
    url: (n) => ingestUrl(show.server, keys[n] ?? ""),
    stop: async () => show[Symbol.asyncDispose](),
    idle: await coresOver(show.server.pid, 5000),
    idleMb: residentMb(show.server.pid),
  };
}

const NGINX_RTMP = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

async function nginxRtmp(): Promise<Contender> {
  const home = path.join(dir, "nginx");
  await mkdir(path.join(home, "hls"), { recursive: true });
  const port = await freePort();
  const conf = `load_module ${NGINX_RTMP}; daemon off; worker_processes 1; user root; pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 256; }
rtmp { server { listen 127.0.0.1:${port}; chunk_size 4096;
  application live { live on; hls on; hls_path ${home}/hls; hls_fragment 2s; hls_playlist_length 60s; } } }`;
  await writeFile(path.join(home, "nginx.conf"), conf);
  const child = startChild("nginx", ["-c", path.join(home, "nginx.conf"), "-p", home]);
  await sleep(1000);
  return {
    pid: child.pid ?? 0,
    url: (n) => `rtmp://127.0.0.1:${port}/live/bench${n}`,
    // The master passes the word on to its worker; SIGKILL would leave that behind.
    stop: () => new Promise((resolve) => (child.once("exit", () => resolve()), child.kill("SIGTERM"))),
  };
}

async function nodeMediaServer(): Promise<Contender> {
  const [rtmp, http] = [await freePort(), await freePort()];
  const program = path.join(dir, "nms.mjs");
  const entry = fileURLToPath(import.meta.resolve("node-media-server"));
  await writeFile(
    program,
    `import NodeMediaServer from ${JSON.stringify(entry)};
new NodeMediaServer({ bind: "127.0.0.1", rtmp: { port: ${rtmp} }, http: { port: ${http} } }).run();`,
  );
  const child = startChild(process.execPath, [program]);
  await sleep(2000);
  return { pid: child.pid ?? 0, url: (n) => `rtmp://127.0.0.1:${rtmp}/live/bench${n}`, stop: () => stopChild(child) };
}

/** One FFmpeg per broadcast below one shell, so that one process number stands for all. */
async function ffmpegCopy(): Promise<Contender> {
  const ports = await Promise.all(Array.from({ length: broadcasts }, freePort));
  const commands = ports.map((port, n) => {
    const out = path.join(dir, `ffmpeg-${n}`);
    return `mkdir -p ${out}; ffmpeg -v error -nostdin -listen 1 -i rtmp://127.0.0.1:${port}/live/bench${n} -c copy -f hls -hls_time 2 -hls_list_size 30 -hls_flags delete_segments -hls_segment_type fmp4 ${out}/index.m3u8 &`;
  });
  const child = startChild("sh", ["-c", `${commands.join("\n")}\nwait`]);
  await sleep(2000);
  return {
    pid: child.pid ?? 0,
    url: (n) => `rtmp://127.0.0.1:${ports[n]}/live/bench${n}`,
    stop: () => stopChild(child),
  };
}

/** Cores per broadcast while all of them run. */
async function cost(contender: Contender): Promise<{ cores: number; mb: number }> {
  const senders = Array.from({ length: broadcasts }, (_, n) => pushFlv(flv, contender.url(n)));
  await sleep(WARM_MS);
  const cores = await coresOver(contender.pid, seconds * 1000);
  const mb = residentMb(contender.pid);
  if (senders.some((sender) => sender.exitCode !== null))
    throw new Error("a sender was turned away: the figure is void");
  for (const sender of senders) await stopChild(sender);
  return { cores, mb };
}

const ours: number[] = [];
const memory: number[] = [];
const others = new Map<string, number[]>();
const contenders: ReadonlyArray<readonly [string, () => Promise<Contender>]> = [
  ...(existsSync(NGINX_RTMP) ? [["nginxRtmp", nginxRtmp] as const] : []),
  ["nodeMediaServer", nodeMediaServer],
  ["ffmpegCopy", ffmpegCopy],
];
for (let run = 0; run < rounds; run += 1) {
  const own = await rostrum();
  const measured = await cost(own);
  ours.push((measured.cores - own.idle) / broadcasts);
  // The window in memory fills over 60 s: the growth so far is a part of it, and is named with its age.
  memory.push((measured.mb - own.idleMb) / broadcasts);
  await own.stop();
  for (const [name, open] of contenders) {
    const contender = await until(`${name} to start`, open);
    const { cores } = await cost(contender);
    others.set(name, [...(others.get(name) ?? []), cores / broadcasts]);
    await contender.stop();
  }
}
await rm(dir, { recursive: true, force: true });

const own = median(ours);
report("ingest", {
  broadcasts,
  kbps,
  rounds,
  cpuSecPerBroadcastSec: {
    rostrum: round(own, 4),
    ...Object.fromEntries([...others].map(([name, values]) => [name, round(median(values), 4)])),
  },
  ratioToRostrum: Object.fromEntries([...others].map(([name, values]) => [name, round(median(values) / own, 2)])),
  memoryMbPerBroadcast: { value: round(median(memory), 1), afterSec: round(WARM_MS / 1000 + seconds) },
  target: { cpuSecPerBroadcastSec: 0.006, memoryMbPerBroadcast: 25 },
});
