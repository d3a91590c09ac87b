/**
 * Load generator for `realtime`, a process of its own: viewers of a realtime WebSocket on plain sockets, with the least work
 * that is still a viewer (pings are answered, messages counted). First argument: what to do, as JSON. Prints one JSON line.
 */
import { type Socket, connect } from "node:net";

type Task = Readonly<{ port: number; path: string; viewers: number; seconds: number }>;

const OPCODE = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
const MASKED = 0x80;

/** RFC 6455 §5.2 as far as a server sends it. */
class Viewer {
  readonly #socket: Socket;
  readonly #port: number;
  #pending: Buffer = Buffer.alloc(0);
  #upgraded = false;
  /** Of the payload that is left out. */
  #skip = 0;
  messages = 0;
  bytes = 0;
  closed = false;
  firstMs: number | undefined;
  readonly #askedMs = performance.now();

  constructor(task: Task) {
    this.#port = task.port;
    this.#socket = connect(this.#port, "127.0.0.1");
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", () => (this.closed = true));
    this.#socket.on("close", () => (this.closed = true));
    const headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    this.#socket.write(`GET ${task.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${key}\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped === chunk.length) return;
    const rest = chunk.subarray(skipped);
    this.#pending = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
    if (!this.#upgraded) this.#readHead();
    while (this.#upgraded && this.#readFrame());
  }

  #readHead(): void {
    const end = this.#pending.indexOf("\r\n\r\n");
    if (end < 0) return;
    const status = this.#pending.toString("latin1", 9, 12);
    if (status !== "101") throw new Error(`the upgrade was answered with ${status}`);
    this.#upgraded = true;
    this.#pending = this.#pending.subarray(end + 4);
  }

  /** False when there is no whole frame head. */
  #readFrame(): boolean {
    const bytes = this.#pending;
    const short = (bytes[1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return false;
    const opcode = (bytes[0] ?? 0) & 0x0f;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (opcode >= OPCODE.close && bytes.length < head + length) return false;
    if (opcode === OPCODE.ping) this.#pong(bytes.subarray(head, head + length));
    if (opcode === OPCODE.close) this.closed = true;
    if (opcode === OPCODE.binary) {
      this.messages += 1;
      this.firstMs ??= performance.now() - this.#askedMs;
    }
    const here = Math.min(length, bytes.length - head);
    this.#skip = length - here;
    this.#pending = bytes.subarray(head + here);
    return true;
  }

  /** With a mask of zeros the payload stays as it is. */
  #pong(payload: Buffer): void {
    this.#socket.write(
      Buffer.concat([Buffer.from([0x80 | OPCODE.pong, MASKED | payload.length, 0, 0, 0, 0]), payload]),
    );
  }
}

const task = JSON.parse(process.argv[2] ?? "") as Task;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const viewers: Viewer[] = [];
// Not all at once: people come over some seconds.
for (let n = 0; n < task.viewers; n += 1) {
  viewers.push(new Viewer(task));
  if (n % 20 === 19) await sleep(20);
}
await sleep(2000);
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
const before = viewers.map(({ messages, bytes }) => ({ messages, bytes }));
const cpuBefore = process.cpuUsage();
const began = performance.now();
await sleep(task.seconds * 1000);
const seconds = (performance.now() - began) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const messages = viewers.map((one, at) => one.messages - (before[at]?.messages ?? 0));
const bytes = viewers.reduce((sum, one, at) => sum + one.bytes - (before[at]?.bytes ?? 0), 0);
const joins = viewers.map(({ firstMs }) => firstMs ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
for (const viewer of viewers) viewer.close();
process.stdout.write(
  `${JSON.stringify({
    seconds,
    bytes,
    messages: { least: Math.min(...messages), most: Math.max(...messages) },
    closed: viewers.filter(({ closed }) => closed).length,
    firstMessageMsP95: joins[Math.floor(joins.length * 0.95)] ?? null,
    ownCores: (cpu.user + cpu.system) / 1e6 / seconds,
  })}\n`,
);
