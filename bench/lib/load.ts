/**
 * Load generator for `delivery`, a process of its own. Speaks HTTP/1.1 on plain sockets with the least work that is still a
 * player: it must not be the bottleneck. First argument: what to do, as JSON. Prints one JSON line.
 */
import { type Socket, connect } from "node:net";

type Task =
  /** `connections` loops that ask for `path` without a pause, for `seconds`. */
  | {
      readonly kind: "loop";
      readonly port: number;
      readonly path: string;
      readonly connections: number;
      readonly seconds: number;
    }
  /** `viewers` LL-HLS players: blocking reload of every playlist, every part as it is hinted, for `seconds`. */
  | {
      readonly kind: "players";
      readonly port: number;
      readonly playlists: readonly string[];
      readonly viewers: number;
      readonly seconds: number;
    };

type Answer = Readonly<{ status: number; body: Buffer; bytes: number }>;

/** One keep-alive connection, one request at a time. */
class Connection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #length = 0;
  #wanted = -1;
  #headEnd = 0;
  #status = 0;
  #done: ((answer: Answer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  /** Bodies are thrown away when nobody reads them. */
  #keep = false;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#socket.on("error", (error) => this.#failed?.(error));
    this.#socket.on("close", () => this.#failed?.(new Error("the server closed the connection")));
  }

  get(path: string, keep: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#keep = keep;
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#wanted < 0 || this.#keep) this.#received.push(bytes);
    if (this.#wanted < 0) this.#readHead();
    if (this.#wanted < 0 || this.#length < this.#wanted) return;
    const body = this.#keep ? Buffer.concat(this.#received).subarray(this.#headEnd) : Buffer.alloc(0);
    const answer = { status: this.#status, body, bytes: this.#length };
    this.#received = [];
    this.#length = 0;
    this.#wanted = -1;
    this.#done?.(answer);
  }

  #readHead(): void {
    const all = this.#received.length === 1 ? this.#received[0] : Buffer.concat(this.#received);
    const end = all?.indexOf("\r\n\r\n") ?? -1;
    if (all === undefined || end < 0) return;
    const head = all.toString("latin1", 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
    this.#headEnd = end + 4;
    this.#wanted = this.#headEnd + Number(length);
  }
}

type Totals = { requests: number; bytes: number; errors: number; partMs: number[] };

async function loop(task: Extract<Task, { kind: "loop" }>, totals: Totals): Promise<void> {
  const end = performance.now() + task.seconds * 1000;
  const one = async (): Promise<void> => {
    const connection = new Connection(task.port);
    while (performance.now() < end) {
      const answer = await connection.get(task.path, false);
      if (answer.status !== 200) throw new Error(`${task.path}: ${answer.status}`);
      totals.requests += 1;
      totals.bytes += answer.bytes;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: task.connections }, one));
}

/** The next playlist to ask for, and the part that is coming. */
function readPlaylist(text: string): { msn: number; part: number; hint: string | undefined } {
  let msn = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0);
  let part = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-PART:")) part += 1;
    else if (line !== "" && !line.startsWith("#")) {
      msn += 1;
      part = 0;
    }
  }
  return { msn, part, hint: /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text)?.[1] };
}

async function player(playlist: string, port: number, end: number, totals: Totals): Promise<void> {
  const [lists, parts] = [new Connection(port), new Connection(port)];
  const base = new URL(playlist, "http://127.0.0.1");
  let query = "";
  try {
    while (performance.now() < end) {
      const answer = await lists.get(`${base.pathname}${query}`, true);
      totals.requests += 1;
      totals.bytes += answer.bytes;
      if (answer.status !== 200) {
        totals.errors += 1;
        query = "";
        continue;
      }
      const { msn, part, hint } = readPlaylist(answer.body.toString("utf8"));
      query = `?_HLS_msn=${msn}&_HLS_part=${part}`;
      if (hint === undefined) continue;
      const asked = performance.now();
      const media = await parts.get(new URL(hint, base).pathname, false);
      totals.requests += 1;
      totals.bytes += media.bytes;
      totals.partMs.push(performance.now() - asked);
      if (media.status !== 200) totals.errors += 1;
    }
  } finally {
    lists.close();
    parts.close();
  }
}

async function players(task: Extract<Task, { kind: "players" }>, totals: Totals): Promise<void> {
  const end = performance.now() + task.seconds * 1000;
  const all = Array.from({ length: task.viewers }, () =>
    task.playlists.map((playlist) => player(playlist, task.port, end, totals)),
  );
  await Promise.all(all.flat());
}

const task = JSON.parse(process.argv[2] ?? "") as Task;
const totals: Totals = { requests: 0, bytes: 0, errors: 0, partMs: [] };
const cpuBefore = process.cpuUsage();
const began = performance.now();
await (task.kind === "loop" ? loop(task, totals) : players(task, totals));
const seconds = (performance.now() - began) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const sorted = totals.partMs.toSorted((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({
    seconds,
    requests: totals.requests,
    bytes: totals.bytes,
    errors: totals.errors,
    partMsP95: sorted[Math.floor(sorted.length * 0.95)] ?? null,
    ownCores: (cpu.user + cpu.system) / 1e6 / seconds,
  })}\n`,
);
