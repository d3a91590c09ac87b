/**
 * What the SFU's forwarding costs: one publisher, many subscribers, each over a real connection (ICE, DTLS, SRTP) with transport-wide
 * feedback ten times a second; signalling is left out. The peers are a process of their own, so that only forwarding is measured.
 * Counted is all CPU of the forwarding process (its JavaScript, the library's threads, the kernel's sending and, on the loopback,
 * receiving), divided by the packets it sent: media as they are on the wire before SRTP adds its 16 bytes, and our few reports.
 * A stream is 1.5 Mb/s of those bytes. In turn with it the same process hands the publisher's packets to all connections as they are:
 * what encryption, sockets, feedback and ticks cost without us.
 * Memory is resident memory after a garbage collection, as the slope over five numbers of subscribers that all have been sent media long
 * enough to fill what is remembered of it; the process itself and its publisher are left out by that, the library's memory is not.
 * The publisher sends the packets of a picture at once, as Chromium does, or, paced, so many ms apart (at most 5): a line of 10 Mb/s draws
 * them out to 1 ms, one of 2 Mb/s to 4 ms.
 * Options: --subscribers 100, --seconds 5, --rounds 3, --kbps 1500, --paced 0.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromForwarder, FromPeers, ToForwarder, ToPeers } from "./lib/sfu-core-messages.ts";
import { cpuSec, residentMb, sleep } from "./lib/process-cost.ts";
import { median, option, report, round, slope } from "./lib/report.ts";

const subscribers = option("subscribers", 100);
const seconds = option("seconds", 5);
const rounds = option("rounds", 3);
const kbps = option("kbps", 1_500);
const gapMs = option("paced", 0);

const SETTLE_MS = 3_000;
/** How often memory is looked at on the way to all subscribers. */
const STEPS = 5;

function start(program: string): ChildProcess {
  const file = fileURLToPath(new URL(`lib/${program}.ts`, import.meta.url));
  const child = fork(file, { execArgv: ["--disable-warning=ExperimentalWarning"] });
  child.once("exit", (code) => {
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
  });
  return child;
}

/** The next message of this type. A process that ends early ends the benchmark. */
function next<T extends { readonly type: string }>(child: ChildProcess, type: T["type"]): Promise<T> {
  return new Promise((resolve) => {
    const onMessage = (message: T): void => {
      if (message.type !== type) return;
      child.off("message", onMessage);
      resolve(message);
    };
    child.on("message", onMessage);
  });
}

const forwarder = start("sfu-core-forwarder");
const peers = start("sfu-core-peers");
const toForwarder = (message: ToForwarder): void => void forwarder.send(message);
const toPeers = (message: ToPeers): void => void peers.send(message);

/** Descriptions and candidates go from one process to the other as they come. */
forwarder.on("message", (message: FromForwarder) => {
  if (message.type === "offer" || message.type === "candidate") toPeers(message);
});
peers.on("message", (message: FromPeers) => {
  if (message.type === "answer" || message.type === "candidate") toForwarder(message);
});

async function connect(id: number, role: "publisher" | "subscriber"): Promise<void> {
  const connected = next<FromForwarder>(forwarder, "connected");
  toForwarder({ type: "open", id, role });
  await connected;
}

async function counts(): Promise<Extract<FromForwarder, { type: "counts" }>> {
  const answer = next<Extract<FromForwarder, { type: "counts" }>>(forwarder, "counts");
  toForwarder({ type: "count" });
  return answer;
}

async function received(): Promise<number> {
  const answer = next<Extract<FromPeers, { type: "received" }>>(peers, "received");
  toPeers({ type: "count" });
  return (await answer).packets;
}

/** One stretch of sending, by the core or around it. */
async function measure(bare: boolean) {
  toForwarder({ type: "mode", bare });
  await sleep(SETTLE_MS);
  const before = await counts();
  const receivedBefore = await received();
  const cpuBefore = cpuSec(pid);
  const began = performance.now();
  await sleep(seconds * 1_000);
  const usedSec = cpuSec(pid) - cpuBefore;
  const elapsedSec = (performance.now() - began) / 1_000;
  const after = await counts();
  const sent = after.packetsOut - before.packetsOut;
  const mbps = ((after.bytesOut - before.bytesOut) * 8) / elapsedSec / 1e6;
  return {
    sent,
    received: (await received()) - receivedBefore,
    refused: after.packetsRefused - before.packetsRefused,
    packetBytes: (after.bytesOut - before.bytesOut) / sent,
    mbps,
    cores: usedSec / elapsedSec,
    cpuUsPerPacket: (usedSec * 1e6) / sent,
    streams: mbps / 1.5 / (usedSec / elapsedSec),
  };
}

/** Subscribers and the resident memory of the forwarder, in KB, when it has collected its garbage. */
async function memory(connected: number): Promise<readonly [number, number]> {
  const collected = next<FromForwarder>(forwarder, "collected");
  toForwarder({ type: "collect" });
  await collected;
  return [connected, residentMb(pid) * 1024];
}

const pid = forwarder.pid ?? 0;
await connect(0, "publisher");
await sleep(500);
const marks: (readonly [number, number])[] = [];
let setupCpuMs = 0;
for (let step = 1, id = 1; step <= STEPS; step++) {
  const before = cpuSec(pid);
  const wanted = Math.round((subscribers * step) / STEPS);
  for (; id <= wanted; id++) await connect(id, "subscriber");
  // Later steps connect beside what is being sent.
  if (step === 1) setupCpuMs = ((cpuSec(pid) - before) * 1_000) / wanted;
  if (step === 1) toPeers({ type: "publish", kbps, gapMs });
  await sleep(SETTLE_MS);
  marks.push(await memory(wanted));
}
const core = [];
const bare = [];
for (let turn = 0; turn < rounds; turn++) {
  core.push(await measure(false));
  bare.push(await measure(true));
}
marks.push(await memory(subscribers));
report("sfu-core", {
  subscribers,
  kbps,
  gapMs,
  seconds,
  rounds,
  packetsSent: core.reduce((sum, { sent }) => sum + sent, 0),
  packetsReceived: core.reduce((sum, one) => sum + one.received, 0),
  packetsRefused: core.reduce((sum, { refused }) => sum + refused, 0),
  packetBytes: round(median(core.map(({ packetBytes }) => packetBytes))),
  mbps: round(median(core.map(({ mbps }) => mbps))),
  cores: round(median(core.map(({ cores }) => cores)), 3),
  cpuUsPerPacket: round(median(core.map(({ cpuUsPerPacket }) => cpuUsPerPacket)), 2),
  bareCpuUsPerPacket: round(median(bare.map(({ cpuUsPerPacket }) => cpuUsPerPacket)), 2),
  streamsOf1500kbpsPerCore: round(median(core.map(({ streams }) => streams))),
  bareStreamsOf1500kbpsPerCore: round(median(bare.map(({ streams }) => streams))),
  setupCpuMsPerSubscriber: round(setupCpuMs, 1),
  kbPerSubscriber: round(slope(marks)),
  residentMb: round((marks.at(-1)?.[1] ?? 0) / 1024),
});
peers.disconnect();
forwarder.disconnect();
