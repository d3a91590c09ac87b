/** The servers that `sfu` compares, each a process of its own with media and signalling on the loopback. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { findLiveKitServer, startLiveKitServer } from "../../e2e/lib/livekit-server.ts";
import type { FromSfu, ToSfu } from "@rostrum/rtc/sfu/main";
import { SFU_PROCESS } from "@rostrum/rtc/sfu/process";
import { KEY, SECRET } from "@rostrum/rtc/sfu/testing/door";

export type SfuServer = Readonly<{
  /** For messages. */
  name: string;
  pid: number;
  httpPort: number;
  /** What V8 holds of the resident memory for its heap, in use or not; only where there is a V8. */
  heapKb?: () => Promise<number>;
  stop: () => Promise<void>;
}>;

const DIED: FromSfu = { type: "failed", message: "the embedded SFU ended before it began" };
const MAIN = new URL("../../packages/rtc/src/sfu/main.ts", import.meta.url);

/** The embedded SFU, as a child like the server's. @throws {Error} it does not start */
export async function startOurs(participants: number): Promise<SfuServer> {
  const child = fork(MAIN, {
    env: {
      ...SFU_PROCESS.env,
      LIVEKIT_API_KEY: KEY,
      LIVEKIT_API_SECRET: SECRET,
      RTC_BIND_ADDRESS: "127.0.0.1",
      RTC_UDP_PORT: "0",
      SFU_MAX_PARTICIPANTS_PER_ROOM: String(participants),
      LOG_LEVEL: "warn",
    },
    execArgv: [...SFU_PROCESS.execArgv],
    // Its log goes to stderr: stdout is for the report.
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const ended = once(child, "exit");
  const [told] = (await Promise.race([once(child, "message"), ended.then(() => [DIED])])) as [FromSfu];
  if (told.type === "failed") throw new Error(told.message);
  const name = "the embedded SFU";
  const httpPort = told.ports.http;
  const stop = async (): Promise<void> => {
    if (child.connected) child.send({ type: "stop" } satisfies ToSfu);
    await ended;
  };
  return { name, pid: child.pid ?? 0, httpPort, heapKb: () => heapKb(httpPort), stop };
}

async function heapKb(httpPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return Number(/^nodejs_heap_size_total_bytes (\S+)$/m.exec(text)?.[1]) / 1024;
}

/** LiveKit's own server; undefined where it is not installed. */
export async function startTheirs(): Promise<SfuServer | undefined> {
  const program = findLiveKitServer();
  if (program === undefined) return undefined;
  const server = await startLiveKitServer(program, { key: KEY, secret: SECRET });
  const httpPort = Number(new URL(server.url).port);
  return { name: "LiveKit's server", pid: server.pid, httpPort, stop: () => server.stop() };
}
