/** LiveKit's own server as a process of its own, on ports of its own: what the embedded SFU is held against. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";

/** Where `.ci/run` puts it, unless LIVEKIT_SERVER names another program. */
const PROGRAM =
  process.env["LIVEKIT_SERVER"] ??
  path.join(process.env["XDG_CACHE_HOME"] || path.join(os.homedir(), ".cache"), "rostrum/livekit-v1.9.12/server");
const STARTS = 3;
const READY_WITHIN_MS = 15_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The program of LiveKit's server; undefined when it is not installed. */
export function findLiveKitServer(): string | undefined {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return PROGRAM;
  } catch {
    return undefined;
  }
}

export interface LiveKitServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** @param keys API key and secret @throws {Error} with its output, when it does not come up */
export async function startLiveKitServer(
  program: string,
  keys: Readonly<{ key: string; secret: string }>,
): Promise<LiveKitServer> {
  for (let start = 1; ; start++) {
    try {
      return await startOnce(program, keys);
    } catch (error) {
      // It takes no port 0: somebody else may have been faster to take the one that was free.
      if (start === STARTS) throw error;
    }
  }
}

async function startOnce(program: string, { key, secret }: { key: string; secret: string }): Promise<LiveKitServer> {
  const port = await freeTcpPort();
  // JSON is YAML. Media on the loopback only, and no server of somebody else's is asked for the public address.
  const config = JSON.stringify({
    port,
    bind_addresses: ["127.0.0.1"],
    rtc: {
      udp_port: await freeUdpPort(),
      tcp_port: 0,
      use_external_ip: false,
      node_ip: "127.0.0.1",
      enable_loopback_candidate: true,
      interfaces: { includes: ["lo"] },
    },
    keys: { [key]: secret },
    logging: { level: "warn" },
  });
  const child = spawn(program, ["--config-body", config], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => (output = (output + part.toString()).slice(-4_000)));
  }
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => resolve(void (failure = error.message)));
    child.once("exit", (code, signal) => resolve(void (failure = `it ended with ${code ?? signal}`)));
  }).finally(() => running.delete(child));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL"); // it would wait for its clients
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  for (const end = performance.now() + READY_WITHIN_MS; performance.now() < end && failure === undefined;) {
    if (await isUp(url)) return { url, pid: child.pid ?? 0, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`LiveKit's server did not come up (${failure ?? "it does not answer"}):\n${output}`);
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // not yet
  }
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the socket has no port");
  return address.port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
