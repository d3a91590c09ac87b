/**
 * What the SFU's forwarding costs: one publisher, many subscribers, each over a real connection (ICE, DTLS, SRTP) with transport-wide
 * feedback; signalling is left out. The peers are a process of their own, so that only forwarding is measured: CPU per packet sent,
 * streams of 1.5 Mb/s per core, memory per subscriber. In turn with it the same process hands the publisher's packets to all connections
 * as they are: what encryption and sockets cost alone. Options: --subscribers 100, --seconds 5, --rounds 3, --kbps 1500.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromForwarder, FromPeers, ToForwarder, ToPeers } from "./lib/sfu-messages.ts";
import { cpuSec, residentMb, sleep } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const subscribers = option("subscribers", 100);
const seconds = option("seconds", 5);
const rounds = option("rounds", 3);
const kbps = option("kbps", 1_500);

const SETTLE_MS = 3_000;

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

const forwarder = start("sfu-forwarder");
const peers = start("sfu-peers");
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
    mbps,
    cores: usedSec / elapsedSec,
    cpuUsPerPacket: (usedSec * 1e6) / sent,
    streams: mbps / 1.5 / (usedSec / elapsedSec),
  };
}

const pid = forwarder.pid ?? 0;
await connect(0, "publisher");
await sleep(500);
const emptyMb = residentMb(pid);
const setupBefore = cpuSec(pid);
for (let id = 1; id <= subscribers; id++) await connect(id, "subscriber");
const setupCpuMs = ((cpuSec(pid) - setupBefore) * 1_000) / subscribers;
toPeers({ type: "publish", kbps });
const core = [];
const bare = [];
for (let turn = 0; turn < rounds; turn++) {
  core.push(await measure(false));
  bare.push(await measure(true));
}
const kbPerSubscriber = ((residentMb(pid) - emptyMb) * 1024) / subscribers;
report("sfu", {
  subscribers,
  kbps,
  seconds,
  rounds,
  packetsSent: core.reduce((sum, { sent }) => sum + sent, 0),
  packetsReceived: core.reduce((sum, one) => sum + one.received, 0),
  packetsRefused: core.reduce((sum, { refused }) => sum + refused, 0),
  mbps: round(median(core.map(({ mbps }) => mbps))),
  cores: round(median(core.map(({ cores }) => cores)), 3),
  cpuUsPerPacket: round(median(core.map(({ cpuUsPerPacket }) => cpuUsPerPacket)), 2),
  bareCpuUsPerPacket: round(median(bare.map(({ cpuUsPerPacket }) => cpuUsPerPacket)), 2),
  streamsOf1500kbpsPerCore: round(median(core.map(({ streams }) => streams))),
  bareStreamsOf1500kbpsPerCore: round(median(bare.map(({ streams }) => streams))),
  setupCpuMsPerSubscriber: round(setupCpuMs, 1),
  kbPerSubscriber: round(kbPerSubscriber),
});
peers.disconnect();
forwarder.disconnect();
