/** An SFU on the loopback, and what a test file needs around it. */
import { afterEach } from "vitest";
import { readConfig, type SfuConfig } from "../config.ts";
import { SILENT } from "../log.ts";
import { type Sfu, startSfu } from "../sfu.ts";
import { TestClient, type TestClientOptions } from "./client.ts";
import { KEY, SECRET } from "./door.ts";

type Closable = Readonly<{ close: () => unknown }>;

/** Starts an SFU on free ports of the loopback. */
export async function startTestSfu(change: Partial<SfuConfig> = {}): Promise<Sfu> {
  const config = readConfig({
    LIVEKIT_API_KEY: KEY,
    LIVEKIT_API_SECRET: SECRET,
    RTC_BIND_ADDRESS: "127.0.0.1",
    RTC_UDP_PORT: "0",
  });
  return startSfu({ ...config, ...change }, SILENT);
}
/** For the top of a test file. What it opens is closed after each test, the newest first. */
export function openedPerTest() {
  const opened: Closable[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
  });
  const keep = <T extends Closable>(one: T): T => {
    opened.push(one);
    return one;
  };
  const join = async (sfu: Sfu, identity: string, options?: TestClientOptions, room = "show"): Promise<TestClient> =>
    keep(await TestClient.join(sfu, identity, room, options));
  return {
    keep,
    start: async (change?: Partial<SfuConfig>): Promise<Sfu> => keep(await startTestSfu(change)),
    join,
    /** Joins, and waits for its connection. */
    connect: async (sfu: Sfu, identity: string, options?: TestClientOptions): Promise<TestClient> =>
      (await join(sfu, identity, options)).connect(),
  };
}
