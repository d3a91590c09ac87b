/** A Redis of its own for tests: on a free port, in a temporary folder, ended with the tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import os from "node:os";
import path from "node:path";

const START_MS = 30_000;

const find = (program: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(":")
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));

/** Why tests on Redis are skipped, as part of their name; null where redis-server is installed. */
export const REDIS_SKIPPED: string | null = find("redis-server") === undefined ? "redis-server is not installed" : null;
if (REDIS_SKIPPED !== null && process.env["REQUIRE_ALL"] === "1") throw new Error(REDIS_SKIPPED);

/** What it is told survives `kill`. The caller ends it by `close`. */
export class TestRedis {
  readonly #dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-redis-"));
  readonly #port: number;
  #server: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Again on the same port and with the same data. */
  async start(): Promise<void> {
    // What was written survives the end of the program, if not that of the machine.
    const settings = { port: this.#port, bind: "127.0.0.1", dir: this.#dir, appendonly: "yes", appendfsync: "no" };
    const args = Object.entries({ ...settings, save: "" }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // Where the kernel can, it ends the server with us, even after SIGKILL.
    const guard = find("setpriv") === undefined ? [] : ["setpriv", "--pdeathsig", "KILL", "--"];
    const [program = "redis-server", ...rest] = [...guard, "redis-server", ...args];
    const server = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
    this.#server = server;
    await ready(server);
  }

  /** Without a word. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  }

  /** Connections stay and nothing is answered any more. */
  freeze(): void {
    this.#server?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#server?.kill("SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

function ready(server: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = "";
  const late = setTimeout(() => reject(new Error(`Redis did not start:\n${said}`)), START_MS);
  server.stdout?.setEncoding("utf8").on("data", (text: string) => {
    if (said.length < 65_536) said += text;
    if (said.includes("Ready to accept connections")) resolve();
  });
  server.once("error", reject);
  server.once("exit", () => reject(new Error(`Redis ended:\n${said}`)));
  return promise.finally(() => clearTimeout(late));
}
