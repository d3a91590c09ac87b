/** The SFU as its parent sees it: a child process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import type { FromSfu, ToSfu } from "./main.ts";
import { SFU_PROCESS } from "./process.ts";
import { TestClient } from "./testing/client.ts";
import { KEY, SECRET, type SfuAddress } from "./testing/door.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function spawn(change: Record<string, string> = {}): ChildProcess {
  const env = {
    ...SFU_PROCESS.env,
    LIVEKIT_API_KEY: KEY,
    LIVEKIT_API_SECRET: SECRET,
    RTC_BIND_ADDRESS: "127.0.0.1",
    RTC_UDP_PORT: "0",
    LOG_LEVEL: "silent",
    ...change,
  };
  const child = fork(new URL("main.ts", import.meta.url), { env, silent: true, execArgv: [...SFU_PROCESS.execArgv] });
  children.push(child);
  return child;
}

async function said(child: ChildProcess): Promise<FromSfu> {
  const [message] = (await once(child, "message")) as [FromSfu];
  return message;
}

async function ready(child: ChildProcess): Promise<SfuAddress> {
  const message = await said(child);
  if (message.type !== "ready") throw new Error(message.message);
  return message;
}

test("it tells its ports, serves, shows metrics, and ends in order when it is told to", async () => {
  const child = spawn();
  const sfu = await ready(child);
  const ada = await TestClient.join(sfu, "ada", "show");
  await ada.connect();
  const text = await (await fetch(`http://127.0.0.1:${sfu.ports.http}/metrics`)).text();
  expect(text).toMatch(/^sfu_rooms 1$/m);
  expect(text).toMatch(/^sfu_participants 1$/m);
  expect(text).toMatch(/^sfu_media_packets_in_total \d+$/m);
  child.send({ type: "stop" } satisfies ToSfu);
  expect(await ada.next("leave")).toMatchObject({ reason: 3 });
  ada.close();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("it ends when its parent is gone", async () => {
  const child = spawn();
  await ready(child);
  child.disconnect();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test.each([
  ["settings that are wrong", { SFU_HTTP_PORT: "many" }, "SFU_HTTP_PORT"],
  ["a secret that is too short", { LIVEKIT_API_SECRET: "short" }, "at least 32"],
])("%s are told, and it ends", async (_, change, words) => {
  const child = spawn(change);
  const message = await said(child);
  expect(message).toEqual({ type: "failed", message: expect.stringContaining(words) as string });
  expect((await once(child, "exit"))[0]).toBe(1);
});
