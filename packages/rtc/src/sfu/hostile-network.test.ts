/** What somebody may send to the process by UDP, with a place in a room and without: it lives, serves others, and keeps nothing of it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DataPacket_Kind as Kind } from "@livekit/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  bindingRequest,
  HostileRelay,
  mediaLike,
  noise,
  openUdp,
  pretending,
  seeded,
  spoiler,
  stunAttribute,
  type StunFaults,
} from "../pipe/testing/hostile.ts";
import { parseSdp } from "../sdp/parse.ts";
import type { FromSfu } from "./main.ts";
import { SFU_PROCESS } from "./process.ts";
import type { Sfu } from "./sfu.ts";
import { TestClient } from "./testing/client.ts";
import { KEY, SECRET } from "./testing/door.ts";

vi.setConfig({ testTimeout: 60_000 });

const SPOILED_MS = 3_000;
/** Twice as long as who goes without a word may keep its place, and its room after that. */
const LEFT_MS = 20_000;
const random = seeded(20_261_122);
let child: ChildProcess;
let sfu: Sfu;
let rooms = 0;

beforeEach(async () => {
  const secrets = { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET };
  const network = { RTC_BIND_ADDRESS: "127.0.0.1", RTC_UDP_PORT: "0" };
  const env = { ...SFU_PROCESS.env, ...secrets, ...network, SFU_DEPARTURE_TIMEOUT_SEC: "1", LOG_LEVEL: "silent" };
  child = fork(new URL("main.ts", import.meta.url), { env, silent: true, execArgv: [...SFU_PROCESS.execArgv] });
  const [message] = (await once(child, "message")) as [FromSfu];
  if (message.type !== "ready") throw new Error(message.message);
  sfu = { ports: message.ports } as Sfu;
});
afterEach(() => void child.kill("SIGKILL"));

const isRtp = (packet: Uint8Array): boolean => packet[1]! < 192 || packet[1]! > 223;

async function join(identity: string, room: string, udpPort?: number): Promise<TestClient> {
  const client = await TestClient.join(sfu, identity, room, udpPort === undefined ? {} : { udpPort });
  return client.connect();
}

/** Two who know nothing of all this meet, and one hears the other. */
async function meets(): Promise<void> {
  const room = `show ${(rooms += 1)}`;
  const [ada, bob] = [await join("ada", room), await join("bob", room)];
  const voice = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(voice));
  let sequence = 0;
  const timer = setInterval(() => ada.sendRtp(voice, (sequence += 1), Uint8Array.of(1, 2, 3)), 20);
  await bob.until(() => bob.packets.some(isRtp));
  clearInterval(timer);
  for (const one of [ada, bob]) await one.leave();
}

/** With strangers' datagrams from its own port in between. @throws {Error} it could not connect */
async function sendsVideo(eve: TestClient, relay: HostileRelay): Promise<void> {
  await eve.connect();
  const sid = await eve.publish("video");
  for (let sequence = 0; sequence < 200; sequence++) {
    eve.sendRtp(sid, sequence, noise(random, 300));
    relay.inject([pretending(random)]);
    if (sequence % 10 === 0) await sleep(2);
  }
}

/** Files and sockets that it holds; undefined where that is not told. */
function held(): number | undefined {
  const path = `/proc/${child.pid}/fd`;
  return existsSync(path) ? readdirSync(path).length : undefined;
}

/** What it tells of itself. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${sfu.ports.http}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

const memoryMb = async (): Promise<number> => (await metric("process_resident_memory_bytes")) / 1e6;

/** Waits until nobody has a place in it any more. */
async function empty(): Promise<void> {
  const places = async () => ({ participants: await metric("sfu_participants"), rooms: await metric("sfu_rooms") });
  await vi.waitFor(async () => expect(await places()).toEqual({ participants: 0, rooms: 0 }), { timeout: LEFT_MS });
}

async function harms(attack: () => Promise<void>): Promise<void> {
  await meets();
  await empty();
  const [before, beforeMb] = [held() ?? 0, await memoryMb()];
  await attack();
  await meets();
  await empty();
  await vi.waitFor(() => expect(held() ?? 0).toBeLessThanOrEqual(before), { timeout: 10_000 });
  // It was less than 4 MB in all runs.
  expect((await memoryMb()) - beforeMb).toBeLessThan(30);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
}

test("what is spoiled on its way does no harm", () =>
  harms(async () => {
    const spoil = spoiler(random);
    let connected = 0;
    const eves = Array.from({ length: 6 }, async (_, index) => {
      const relay = await HostileRelay.open(sfu.ports.udp);
      // All that it needs to connect arrives as well; but who spoils handshakes can also prevent them.
      relay.spoil = (datagram, sent) => (random() < 0.5 ? [datagram, ...spoil(datagram, sent)] : [datagram]);
      const eve = await TestClient.join(sfu, `eve ${index}`, `spoiled ${index}`, { udpPort: relay.port });
      const sent = sendsVideo(eve, relay).then(() => (connected += 1));
      await Promise.race([sent, sleep(SPOILED_MS)]).catch(() => undefined);
      eve.close();
      relay.close();
    });
    await Promise.all(eves);
    expect(connected).toBeGreaterThan(0);
  }));

test("strangers, requests that are not to be believed, and handshakes without an end do no harm", () =>
  harms(async () => {
    const relay = await HostileRelay.open(sfu.ports.udp);
    const eve = await join("eve", "requests", relay.port);
    const { sdp } = await eve.next("answer");
    const { iceUfrag: name, icePwd: password } = parseSdp(sdp).transport;
    const strangers = await Promise.all(Array.from({ length: 20 }, openUdp));
    const hellos = relay.seen.filter(([first]) => first === 22);
    expect(hellos.length).toBeGreaterThan(0);
    for (let count = 0; count < 150; count++) {
      for (const [index, stranger] of strangers.entries()) {
        const hello = hellos[count % hellos.length]!;
        const sent = [pretending(random), requestOf(name, password, count + index), hello.subarray(0, 13 + count)];
        for (const datagram of sent) stranger.send(datagram, sfu.ports.udp, "127.0.0.1");
      }
      relay.inject([...hellos, ...hellos.map((hello) => hello.subarray(0, 13 + count))]);
      await sleep(2);
    }
    // It is still there, whatever came in its name.
    await eve.publish("audio");
    for (const stranger of strangers) stranger.close();
    eve.close();
    relay.close();
  }));

test("who is in sends RTP, RTCP and data that are none, and others are served", () =>
  harms(async () => {
    const [eve, bob] = [await join("eve", "inside"), await join("bob", "inside")];
    await Promise.all([eve.dataOpen(), bob.dataOpen()]);
    const sid = await eve.publish("video");
    await bob.until(() => bob.receiving.has(sid));
    const ssrc = eve.published.get(sid) ?? 0;
    for (let count = 0; count < 3_000; count++) {
      eve.sendPacket(mediaLike(random, count % 3 === 2 ? "rtcp" : "rtp", count % 3 === 0 ? ssrc : undefined));
      if (count % 10 === 0) {
        eve.sendDataBytes(Kind.LOSSY, noise(random, 300));
        eve.sendDataBytes(Kind.RELIABLE, noise(random, 30_000));
        eve.sendDataBytes(Kind.RELIABLE, "\0\ud800");
        await sleep(1);
      }
    }
    eve.sendRaw(noise(random, 1_000));
    await eve.until(() => eve.closeCode !== undefined);
    for (const one of [eve, bob]) one.close();
  }));

/** As the owner of the name would send them, but for one fault each. RFC 8489 §14. */
function requestOf(name: string, password: string, index: number): Uint8Array {
  const faults: readonly StunFaults[] = [
    { password: "another".padEnd(24) },
    {},
    { password, attributes: stunAttribute(0x0024, noise(random, 3)) },
    { password, attributes: stunAttribute(0x0020, noise(random, 2)) },
    { password, attributes: stunAttribute(0x8029, noise(random, 8), 65_535) },
    { password, attributes: stunAttribute(0x0006, Buffer.alloc(1_200, "z")) },
    { password, attributes: stunAttribute(0x0014, Buffer.alloc(900, "r")) },
    { password, attributes: Buffer.concat(Array.from({ length: 300 }, () => stunAttribute(0x8030, new Uint8Array()))) },
    { password, attributes: stunAttribute(0x0009, Uint8Array.of(0, 0, 4, 87, 120)) },
    { password, attributes: stunAttribute(0x0013, Buffer.alloc(1_000)) },
  ];
  const names = [`${name}:x`, name, `${name}:${"y".repeat(900)}`, undefined, "nobody:x", ":"];
  return bindingRequest(names[index % names.length], faults[Math.floor(random() * faults.length)]);
}
