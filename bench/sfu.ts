/**
 * What a room costs: our embedded SFU beside LiveKit's own server, where that is installed, each a whole process with its signalling. In a
 * room of each one guest publishes a picture of one layer, all others are sent it, over real connections (ICE, DTLS, SRTP) and with the
 * feedback that the server wants; the guests are the same program for both (lib/sfu-guests.ts) and processes of their own.
 * The two are sent to in turns, in the same run; the one whose turn it is not forwards nothing.
 * Counted is all CPU of the server's process, and what the guests received of the picture, its own bytes without any headers: a stream is
 * 1.5 Mb/s of it. A run in which a server sends guests away fails, and says whom. Memory is resident memory as it is, without a forced
 * collection, as the slope over numbers of subscribers that were all sent to; of the embedded SFU also without what V8 holds for its heap,
 * which grows in steps with the traffic.
 * "Burst": the publisher sends the packets of a picture at once, as Chromium does; "paced": 1 ms apart, as a line of 10 Mb/s lets them through.
 * Options: --subscribers 250, --seconds 5, --rounds 3, --kbps 1500.
 */
import { cpuSec, residentMb, sleep } from "./lib/process-cost.ts";
import { median, option, report, round, slope } from "./lib/report.ts";
import { Guests } from "./lib/sfu-guests-process.ts";
import { type SfuServer, startOurs, startTheirs } from "./lib/sfu-servers.ts";

const subscribers = option("subscribers", 250);
const seconds = option("seconds", 5);
const rounds = option("rounds", 3);
const kbps = option("kbps", 1_500);

/** After the publisher began. */
const SETTLE_MS = 2_500;
/** Longer than packets are on their way when the publisher has stopped. */
const DRAIN_MS = 500;
/** How often memory is looked at on the way to all subscribers. */
const STEPS = 5;
const WAYS = ["burst", "paced"] as const;
type Way = (typeof WAYS)[number];
const GAP_MS = { burst: 0, paced: 1 } as const;

type Turn = Awaited<ReturnType<typeof measure>>;

type Side = {
  readonly server: SfuServer;
  readonly guests: Guests;
  readonly memory: (readonly [subscribers: number, kb: number])[];
  readonly besideHeap: (readonly [subscribers: number, kb: number])[];
  readonly turns: Record<Way, Turn[]>;
  feedback: string;
};

function open(server: SfuServer): Side {
  const guests = new Guests(server.name, server.httpPort, kbps);
  return { server, guests, memory: [], besideHeap: [], turns: { burst: [], paced: [] }, feedback: "none" };
}

async function weigh({ server, memory, besideHeap }: Side, there: number): Promise<void> {
  const kb = residentMb(server.pid) * 1024;
  memory.push([there, kb]);
  if (server.heapKb !== undefined) besideHeap.push([there, kb - (await server.heapKb())]);
}

/** Lets all guests in, step by step; after each step those who are there are sent to. */
async function fill(side: Side): Promise<void> {
  const { guests } = side;
  for (let step = 1, there = 0; step <= STEPS; step++) {
    const wanted = Math.round((subscribers * step) / STEPS);
    side.feedback = (await guests.ask({ type: "join", subscribers: wanted - there })).feedback;
    there = wanted;
    guests.tell({ type: "publish", gapMs: GAP_MS.burst });
    await sleep(SETTLE_MS);
    await weigh(side, there);
    guests.tell({ type: "pause" });
    await sleep(DRAIN_MS);
  }
}

/** One stretch of sending: what got through is told of all of it, what it cost and how much that was of the time after it settled. */
async function measure({ server, guests }: Side, way: Way) {
  const first = await guests.ask({ type: "count" });
  guests.tell({ type: "publish", gapMs: GAP_MS[way] });
  await sleep(SETTLE_MS);
  const before = await guests.ask({ type: "count" });
  const cpuBefore = cpuSec(server.pid);
  const began = performance.now();
  await sleep(seconds * 1_000);
  const after = await guests.ask({ type: "count" });
  const usedSec = cpuSec(server.pid) - cpuBefore;
  const elapsedSec = (performance.now() - began) / 1_000;
  guests.tell({ type: "pause" });
  await sleep(DRAIN_MS);
  const last = await guests.ask({ type: "count" });
  const mbps = ((after.receivedBytes - before.receivedBytes) * 8) / elapsedSec / 1e6;
  return {
    cores: usedSec / elapsedSec,
    mbps,
    streams: (mbps / 1.5) * (elapsedSec / usedSec),
    cpuUsPerPacket: (usedSec * 1e6) / (after.received - before.received),
    wanted: (last.sent - first.sent) * subscribers,
    received: last.received - first.received,
    besides: last.besides - first.besides,
    pauses: last.pauses - first.pauses,
    refused: last.refused - first.refused,
  };
}

function figures(turns: readonly Turn[]) {
  const middle = (key: keyof Turn, digits = 0): number => round(median(turns.map((turn) => turn[key])), digits);
  const sum = (key: keyof Turn): number => turns.reduce((total, turn) => total + turn[key], 0);
  return {
    streamsOf1500kbpsPerCore: middle("streams"),
    cpuUsPerPacket: middle("cpuUsPerPacket", 2),
    cores: middle("cores", 3),
    mbps: middle("mbps"),
    packetsWanted: sum("wanted"),
    packetsReceived: sum("received"),
    receivedOfWanted: round(sum("received") / sum("wanted"), 5),
    packetsBesides: sum("besides"),
    pauses: sum("pauses"),
    packetsRefusedByPublisher: sum("refused"),
  };
}

function summary({ feedback, memory, besideHeap, turns }: Side) {
  return {
    feedback,
    burst: figures(turns.burst),
    paced: figures(turns.paced),
    kbPerSubscriber: round(slope(memory)),
    ...(besideHeap.length > 0 ? { kbPerSubscriberBesideHeap: round(slope(besideHeap)) } : {}),
    residentMb: round((memory.at(-1)?.[1] ?? 0) / 1024),
  };
}

function ratios(ours: ReturnType<typeof summary>, theirs: ReturnType<typeof summary>) {
  const of = (way: Way): number => round(ours[way].streamsOf1500kbpsPerCore / theirs[way].streamsOf1500kbpsPerCore, 2);
  return {
    streamsPerCoreBurst: of("burst"),
    streamsPerCorePaced: of("paced"),
    kbPerSubscriber: round(ours.kbPerSubscriber / theirs.kbPerSubscriber, 2),
  };
}

const theirServer = await startTheirs();
const ours = open(await startOurs(subscribers + 1));
const theirs = theirServer && open(theirServer);
const sides = theirs === undefined ? [ours] : [ours, theirs];
try {
  for (const side of sides) await fill(side);
  for (let turn = 0; turn < rounds; turn++) {
    // Each begins as often as the other.
    const order = turn % 2 === 0 ? sides : sides.toReversed();
    for (const way of WAYS) {
      for (const side of order) side.turns[way].push(await measure(side, way));
    }
  }
  const our = summary(ours);
  const their = theirs && summary(theirs);
  report("sfu", {
    subscribers,
    kbps,
    seconds,
    rounds,
    embedded: our,
    livekit: their ?? "LiveKit's own server v1.9.12 is not installed: not compared (.ci/run builds it where Go is)",
    ...(their === undefined ? {} : { embeddedToLivekit: ratios(our, their) }),
  });
} finally {
  for (const { guests } of sides) guests.close();
  for (const { server } of sides) await server.stop();
}
