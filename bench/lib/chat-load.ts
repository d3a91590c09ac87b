/**
 * Load generator for `chat`, a process of its own: clients that listen, or that send. Told what to do by messages of the process
 * that started it, in the order `begin`, `go`, `end`; answers `ready`, `sent`, `done`.
 */
import { type ChatClient, type Kind, openChat } from "./chat-clients.ts";
import { Ear, LATENCY_BUCKETS, nowMs, tally, type Tally } from "./chat-tally.ts";

export type Begin = Readonly<{
  kind: Kind;
  port: number;
  room: string;
  listeners: number;
  senders: number;
  perSec: number;
  seconds: number;
  /** Of the listeners, each once. */
  cutShare: number;
}>;
export type Order = ({ type: "begin" } & Begin) | { type: "go" } | { type: "end"; sent: number };
export type Answer =
  | { type: "ready" }
  | { type: "sent"; acknowledged: number }
  | { type: "done"; tally: Tally; cut: number; cpuSec: number };

/** How long clients may still receive after the last message was acknowledged. */
const LATEST_MS = 90_000;
const TEXT = "A message of about the length that people write in a chat, with a name, a smile and a question? ".padEnd(
  100,
);

const latencies: number[] = Array.from({ length: LATENCY_BUCKETS }, () => 0);
const listeners: { client: ChatClient; ear: Ear }[] = [];
const senders: ChatClient[] = [];
let task: Begin;
let cut = 0;
let cpuBefore = process.cpuUsage();

const tell = (answer: Answer): void => void process.send?.(answer);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function begin(): Promise<void> {
  const { kind, port, room } = task;
  for (let n = 0; n < task.senders; n += 1) senders.push(openChat(kind, port, room));
  const following: Promise<void>[] = [];
  // Not all at once: people come over some seconds.
  for (let n = 0; n < task.listeners; n += 1) {
    const [client, ear] = [openChat(kind, port, room), new Ear(latencies)];
    listeners.push({ client, ear });
    following.push(client.follow((said) => ear.hear(said)));
    if (n % 20 === 19) await sleep(40);
  }
  await Promise.all(following);
  tell({ type: "ready" });
}

function go(): void {
  cpuBefore = process.cpuUsage();
  const unlucky = listeners.filter((_, at) => at % Math.round(1 / task.cutShare) === 0);
  for (const { client, ear } of task.cutShare > 0 ? unlucky : []) {
    ear.wasCut = true;
    cut += 1;
    // Early enough to be back before the end.
    setTimeout(() => client.cut(), (0.1 + 0.8 * Math.random()) * task.seconds * 1000);
  }
  if (task.senders > 0) void sendAll();
}

async function sendAll(): Promise<void> {
  const began = performance.now();
  const count = task.perSec * task.seconds;
  const acknowledged: Promise<unknown>[] = [];
  for (let at = 0; at < count; at += 1) {
    const waitMs = began + (at * 1000) / task.perSec - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const [from, n] = [at % senders.length, Math.floor(at / senders.length)];
    acknowledged.push(senders[from]?.send({ from, n, sentAt: nowMs(), text: TEXT }) ?? Promise.resolve());
  }
  const answers = await Promise.allSettled(acknowledged);
  tell({ type: "sent", acknowledged: answers.filter(({ status }) => status === "fulfilled").length });
}

async function end(sent: number): Promise<void> {
  const until = performance.now() + LATEST_MS;
  while (performance.now() < until && listeners.some(({ ear }) => ear.count < sent)) await sleep(50);
  const { user, system } = process.cpuUsage(cpuBefore);
  const ears = listeners.map(({ ear }) => ear);
  tell({ type: "done", tally: tally(ears, latencies, sent), cut, cpuSec: (user + system) / 1e6 });
}

process.on("message", (order: Order) => {
  if (order.type === "go") return go();
  if (order.type === "end") return void end(order.sent);
  task = order;
  void begin();
});
process.on("disconnect", () => process.exit());
