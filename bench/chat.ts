/**
 * What a chat costs: a room of sockets on one gateway process, and the same room on Socket.IO 4.8 in the same run. A part of the
 * sockets breaks at random and comes again; every client must have every acknowledged message once, all in the same order.
 *
 * Alike on both sides: one server process that keeps what clients may miss in memory, the same generators, messages, moments and pauses
 * before clients come back, no compression. Not alike: our gateway gathers what comes within a tick (50 to 140 ms) into one frame, and
 * Socket.IO, as programs use it, sends each message by itself. With `--batch-ms` it gathers, too: the rest of the ratio is not batching.
 * Options: --sockets 2000, --per-sec 50, --seconds 20, --cut 0.2, --rounds 1, --generators 2, --batch-ms 0 (of Socket.IO).
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Kind } from "./lib/chat-clients.ts";
import type { Answer, Begin, Order } from "./lib/chat-load.ts";
import { LATENCY_BUCKETS, percentile, type Tally } from "./lib/chat-tally.ts";
import { cpuSec, residentMb } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const sockets = option("sockets", 2000);
const perSec = option("per-sec", 50);
const seconds = option("seconds", 20);
const cutShare = option("cut", 0.2);
const rounds = option("rounds", 1);
const generators = option("generators", 2);
const batchMs = option("batch-ms", 0);
/** One alone may not say as much as all of them: the gateway takes 20 a second. */
const SENDERS = Math.max(5, Math.ceil(perSec / 12));
const ROOM = "0123456789abcdefghjk";

const here = path.dirname(fileURLToPath(import.meta.url));
const PROGRAMS: Readonly<Record<Kind, string>> = {
  rostrum: path.join(here, "../apps/server/src/roles/gateway-alone.ts"),
  socketio: path.join(here, "lib/chat-socketio.ts"),
};

type Run = Readonly<{
  tally: Tally;
  sent: number;
  cut: number;
  cpuSec: number;
  lasted: number;
  mb: number;
  ownCores: number;
}>;

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

async function startServer(kind: Kind): Promise<{ child: ChildProcess; port: number; pid: number }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAMS[kind]], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production", BATCH_MS: String(batchMs) },
  });
  children.add(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port: number };
    return { child, port, pid: child.pid ?? 0 };
  }
  throw new Error(`the server of ${kind} ended without a word`);
}

class Generator {
  readonly #child = fork(path.join(here, "lib/chat-load.ts"), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });

  constructor(begin: Begin) {
    children.add(this.#child);
    this.order({ type: "begin", ...begin });
  }

  order(order: Order): void {
    this.#child.send(order);
  }

  answer<T extends Answer["type"]>(type: T): Promise<Extract<Answer, { type: T }>> {
    return new Promise((resolve, reject) => {
      this.#child.on("exit", (code) => reject(new Error(`a generator ended with ${code}`)));
      this.#child.on("message", (message: Answer) => {
        if (message.type === type) resolve(message as Extract<Answer, { type: T }>);
      });
    });
  }

  close(): void {
    this.#child.removeAllListeners("exit");
    this.#child.disconnect();
  }
}

async function run(kind: Kind): Promise<Run> {
  const server = await startServer(kind);
  const common = { kind, port: server.port, room: ROOM, perSec, seconds, cutShare };
  const each = Math.ceil(sockets / generators);
  const listening = Array.from(
    { length: generators },
    (_, at) => new Generator({ ...common, listeners: Math.min(each, sockets - at * each), senders: 0 }),
  );
  const speaking = new Generator({ ...common, listeners: 0, senders: SENDERS });
  const all = [...listening, speaking];
  await Promise.all(all.map((one) => one.answer("ready")));
  const done = listening.map((one) => one.answer("done"));
  const sent = speaking.answer("sent");
  const [before, began] = [cpuSec(server.pid), performance.now()];
  for (const one of all) one.order({ type: "go" });
  const { acknowledged } = await sent;
  for (const one of listening) one.order({ type: "end", sent: acknowledged });
  const answers = await Promise.all(done);
  const lasted = (performance.now() - began) / 1000;
  const result = {
    tally: answers.map((answer) => answer.tally).reduce(added),
    sent: acknowledged,
    cut: answers.reduce((sum, answer) => sum + answer.cut, 0),
    cpuSec: cpuSec(server.pid) - before,
    lasted,
    mb: residentMb(server.pid),
    ownCores: answers.reduce((sum, answer) => sum + answer.cpuSec, 0) / lasted,
  };
  for (const one of all) one.close();
  server.child.kill("SIGKILL");
  await new Promise((resolve) => server.child.once("exit", resolve));
  return result;
}

function added(one: Tally, other: Tally): Tally {
  return {
    deliveries: one.deliveries + other.deliveries,
    lost: one.lost + other.lost,
    doubled: one.doubled + other.doubled,
    outOfOrder: one.outOfOrder + other.outOfOrder,
    orders: [...new Set([...one.orders, ...other.orders])],
    latencies: Array.from(
      { length: LATENCY_BUCKETS },
      (_, ms) => (one.latencies[ms] ?? 0) + (other.latencies[ms] ?? 0),
    ),
  };
}

const perCpuSec = (runs: readonly Run[]): number => median(runs.map((one) => one.tally.deliveries / one.cpuSec));

function figures(runs: readonly Run[]): Record<string, unknown> {
  const { latencies } = runs.map(({ tally }) => tally).reduce(added);
  const sum = (of: (tally: Tally) => number): number => runs.reduce((total, { tally }) => total + of(tally), 0);
  return {
    deliveriesPerCpuSec: round(perCpuSec(runs)),
    cpuSec: round(median(runs.map((one) => one.cpuSec)), 2),
    latencyMsP50: percentile(latencies, 0.5),
    latencyMsP99: percentile(latencies, 0.99),
    messages: runs[0]?.sent,
    deliveries: sum(({ deliveries }) => deliveries),
    socketsCut: runs.reduce((total, { cut }) => total + cut, 0),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    differentOrders: Math.max(...runs.map(({ tally }) => tally.orders.length)),
    seconds: round(Math.max(...runs.map(({ lasted }) => lasted)), 1),
    serverMb: round(Math.max(...runs.map(({ mb }) => mb))),
    generatorCores: round(Math.max(...runs.map(({ ownCores }) => ownCores)), 2),
  };
}

const ours: Run[] = [];
const theirs: Run[] = [];
for (let at = 0; at < rounds; at += 1) {
  // Each is first in turn: a machine that becomes slower or faster meanwhile favours nobody.
  const turns: readonly Kind[] = at % 2 === 0 ? ["rostrum", "socketio"] : ["socketio", "rostrum"];
  for (const kind of turns) (kind === "rostrum" ? ours : theirs).push(await run(kind));
}
report("chat", {
  ...{ sockets, perSec, seconds, cutShare, rounds, socketIoBatchMs: batchMs },
  rostrum: figures(ours),
  socketIo: figures(theirs),
  ratioOfDeliveriesPerCpuSec: round(perCpuSec(ours) / perCpuSec(theirs), 2),
});
