/** What somebody may try on the way to a show: it keeps nobody else out, and without the right certificate nothing of the show comes. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  bindingRequest,
  HostileRelay,
  kindOf,
  mediaLike,
  openUdp,
  pretending,
  seeded,
  spoiler,
} from "@rostrum/rtc/pipe/testing/hostile";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { expect, test } from "vitest";
import { systemClock } from "../../../lib/clock.ts";
import { createLogger } from "../../../lib/log.ts";
import { RTC_TRACKS, shot, startWhep, type TestViewer, type TestWhep, TestViewer as Viewer } from "./testing.ts";

const SPOILED_MS = 3_000;

/** The first picture of a show. */
function begin({ hub, zeroMs }: TestWhep): void {
  hub.publish(RTC_TRACKS);
  hub.publish(shot(0, true, zeroMs));
}

async function sees(whep: TestWhep): Promise<TestViewer> {
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1);
  return viewer;
}

/** Offers, and does not connect. */
async function onlyOffers({ url }: TestWhep): Promise<Response> {
  const { pipe, body } = offered();
  const response = await fetch(`${url}/whep/show`, {
    method: "POST",
    headers: { "content-type": "application/sdp" },
    body,
  });
  pipe.close();
  return response;
}

function offered() {
  const viewer = new Viewer({});
  return { pipe: viewer.pipe, body: viewer.offer() };
}

test("those who only ask for places give way to those who come to watch", async () => {
  let waitedMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + waitedMs };
  const lines: string[] = [];
  const log = createLogger("info", false, { write: (line) => void lines.push(line) });
  await using whep = await startWhep({ maxViewers: 3, clock, log });
  begin(whep);
  const viewer = await sees(whep);
  const flood = await Promise.all(Array.from({ length: 10 }, () => onlyOffers(whep)));
  expect(await whep.metrics.metrics()).toContain("rostrum_whep_viewers 3");
  const places = flood.map(({ headers }) => headers.get("location")).filter((place) => place !== null);
  // They may still connect.
  expect([places.length, (await onlyOffers(whep)).status]).toEqual([2, 503]);
  expect(await whep.metrics.metrics()).toContain("rostrum_whep_yielded_viewers_total 0");
  waitedMs = 4_000;
  await sees(whep);
  await sees(whep);
  expect(await whep.metrics.metrics()).toContain("rostrum_whep_yielded_viewers_total 2");
  const told = lines.filter((line) => line.includes("a WHEP viewer that did not connect gives way to another"));
  expect(told.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: "info", broadcastId: "show", remote: "127.0.0.1" }),
    expect.objectContaining({ level: "info", broadcastId: "show", remote: "127.0.0.1" }),
  ]);
  // Nobody who watches gives way.
  expect([(await onlyOffers(whep)).status, viewer.pipe.state]).toEqual([503, "connected"]);
  for (const place of places) expect((await fetch(`${whep.url}${place}`, { method: "DELETE" })).status).toBe(404);
});

test("offers that come slowly give way to others, and their connections end", async () => {
  await using whep = await startWhep();
  begin(whep);
  const slow: Socket[] = [];
  const { pathname, port } = new URL(`${whep.url}/whep/show`);
  for (let count = 0; count < 210; count++) {
    const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nhost: a\r\ncontent-type: application/sdp\r\ncontent-length: 9000\r\n\r\nv`,
    );
    slow.push(socket);
  }
  const [first] = slow;
  const [answer] = (await once(first!, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1.1 503 /);
  await sees(whep);
  // It goes on, byte by byte.
  first!.resume();
  const drip = setInterval(() => first!.write("v"), 50);
  await new Promise((resolve) => first!.once("close", resolve));
  clearInterval(drip);
  for (const socket of slow) socket.destroy();
});

test("one whose certificate is not the one it named gets nothing of the show", async () => {
  await using whep = await startWhep();
  begin(whep);
  const viewer = await whep.view({ fingerprint: Array.from({ length: 32 }, () => "AB").join(":") });
  expect(viewer.response.status).toBe(201);
  await viewer.pipe.closed;
  expect([viewer.frames, viewer.sounds, viewer.reports]).toEqual([[], [], []]);
  await expect.poll(() => whep.metrics.metrics()).toContain("rostrum_whep_viewers 0");
});

test("what is spoiled on its way, and what strangers send, harms nobody", { timeout: 90_000 }, async () => {
  await using whep = await startWhep();
  begin(whep);
  const random = seeded(22);
  const [spoil, stranger] = [spoiler(random), await openUdp()];
  const watcher = await sees(whep);
  const spoiled = new Set<string>();
  const done = { connected: 0, injected: 0, media: 0 };
  for (let round = 0; round < 4; round++) {
    const relay = await HostileRelay.open(whep.udpPort);
    relay.spoil = (datagram, sent) => {
      // Some of each kind in any case.
      if (spoiled.has(kindOf(datagram)) && random() >= 0.2) return [datagram];
      spoiled.add(kindOf(datagram));
      return [...spoil(datagram, sent), datagram];
    };
    const viewer = await whep.view({ udpPort: relay.port });
    // All that it needs to connect arrives as well; but who spoils handshakes can also prevent them.
    const shown = viewer.until(() => viewer.frames.length === 1).then(() => (done.connected += 1));
    await Promise.race([shown, sleep(SPOILED_MS)]).catch(() => undefined);
    const ufrag = parseSdp(viewer.text).transport.iceUfrag;
    for (let count = 0; count < 300; count++) {
      if (relay.inject([pretending(random)])) done.injected += 1;
      stranger.send(pretending(random), whep.udpPort, "127.0.0.1");
      stranger.send(bindingRequest(`${ufrag}:x`, { password: "not the one that was told" }), whep.udpPort, "127.0.0.1");
      if (viewer.pipe.send(mediaLike(random, count % 3 === 0 ? "rtp" : "rtcp"))) done.media += 1;
      if (count % 20 === 0) await sleep(5);
    }
    viewer.close();
    relay.close();
  }
  stranger.close();
  expect([...spoiled].toSorted()).toEqual(["dtls", "media", "stun"]);
  for (const count of Object.values(done)) expect(count).toBeGreaterThan(0);
  whep.hub.publish(shot(1, false, whep.zeroMs));
  await watcher.until(() => watcher.frames.length === 2);
  await sees(whep);
  // Those who were spoiled went without a word: that takes the library some 17 s to see.
  await expect.poll(() => whep.metrics.metrics(), { timeout: 60_000 }).toMatch(/^rostrum_whep_viewers 2$/m);
});
