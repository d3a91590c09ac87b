import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findFfmpeg } from "../lib/ffmpeg.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { both, type Encoder, startEncoder } from "./ingest/rtmp/testing.ts";
import { createMediaPlane } from "./pipeline.ts";
import type { IngestGrant, MediaDoors, MediaPlane, ProgramStateEvent, ShowOnAir } from "./plane.ts";

const LONG = both(60);

/** The far side of the doors: two keys, and what was told. */
class Rest implements MediaDoors {
  readonly told: ProgramStateEvent[] = [];
  readonly #looks = new Set<() => void>();
  broadcastId = "show";
  secondPublisher: IngestGrant["secondPublisher"] = "refuse";
  state: BroadcastState = "live";
  liveAt: Date | null = new Date(0);
  onAir: ShowOnAir[] = [];

  authorizeIngest(credential: string) {
    const slot = credential === "backup-key" ? "backup" : "primary";
    const { broadcastId, secondPublisher } = this;
    const grant = { channelId: "channel", broadcastId, slot, secondPublisher, dvrWindowSec: 60 } as const;
    return Promise.resolve({ ok: true, grant } as const);
  }
  streamKeys() {
    return Promise.resolve([]);
  }
  onProgramState(event: ProgramStateEvent): Promise<void> {
    this.told.push(event);
    for (const look of this.#looks) look();
    return Promise.resolve();
  }
  showsOnAir() {
    return Promise.resolve(this.onAir);
  }
  playbackPolicy() {
    const { state, liveAt } = this;
    const slate = { text: "Back in a moment", background: "#101418" };
    return Promise.resolve({
      slate,
      state,
      needsToken: liveAt === null,
      dvrWindowSec: 60,
      latencyMode: "lowest",
      liveAt,
    } as const);
  }
  verifyPlaybackToken() {
    return Promise.resolve(false);
  }
  words(): string[] {
    return this.told
      .filter((event) => event.type !== "health")
      .map((event) => `${event.broadcastId} ${event.type === "source_connected" ? event.slot : "lost"}`);
  }
  until(words: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.words().join() !== words.join()) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }
}

let dir: string;
let rest: Rest;
let plane: MediaPlane;
let http: Server;
const encoders: Encoder[] = [];

async function open(): Promise<MediaPlane> {
  return createMediaPlane({
    config: {
      HOST: "127.0.0.1",
      DATA_DIR: dir,
      RTMP_PORT: 0,
      RTMPS_PORT: undefined,
      SRT_PORT: 0,
      SRT_LIBRARY: undefined,
      RTC_UDP_PORT: 0,
      RTC_PUBLIC_IP: undefined,
      TURN_URLS: undefined,
      TLS_CERT: undefined,
      TLS_KEY: undefined,
      PART_TARGET_MS: 333,
      SEGMENT_TARGET_MS: 1000,
      TRUST_PROXY: false,
    },
    log: createLogger("silent", false),
    metrics: createMetrics(),
    nodeId: "node",
    doors: rest,
    ffmpeg: await findFfmpeg({ configured: undefined }),
  });
}
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), "plane-test-"));
  rest = new Rest();
  plane = await open();
  http = createServer((req, res) => plane.handleHttp(req, res));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const encoder of encoders) encoder.process.kill();
  await Promise.all(encoders.splice(0).map((encoder) => encoder.closed));
  await plane.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

function publish(key = "primary-key", args: readonly string[] = LONG): Encoder {
  const encoder = startEncoder(`rtmp://127.0.0.1:${plane.ports.rtmp}/live/${key}`, args);
  encoders.push(encoder);
  return encoder;
}
const get = (where: string) => fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}${where}`);
const playlist = async (id = "show", query = "") => (await get(`/live/${id}/v0/index.m3u8${query}`)).text();

test("an encoder's media reaches viewers; at its end the broadcast loses its source, and the end is written", async () => {
  const encoder = publish("primary-key", both(4));
  await rest.until(["show primary"]);
  expect([
    plane.hasSource("show"),
    plane.slotInUse("channel", "primary"),
    plane.slotInUse("channel", "backup"),
  ]).toEqual([true, true, false]);
  expect([...(await plane.thumbnail("show"))!.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  expect((await encoder.closed).code).toBe(0);
  await rest.until(["show primary", "show lost"]);
  expect(plane.hasSource("show")).toBe(false);
  expect(await plane.thumbnail("nothing")).toBeNull();
  const open = await playlist();
  expect(open).not.toContain("EXT-X-ENDLIST");
  await plane.endBroadcast("show");
  const ended = await playlist();
  const seconds = [...ended.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, text]) => sum + Number(text), 0);
  expect(ended).toContain("#EXT-X-ENDLIST");
  // Between its loss and the end viewers saw the slate.
  expect(seconds).toBeGreaterThan(3.95);
  await plane.removeBroadcast("show");
  expect((await get("/live/show/v0/index.m3u8")).status).toBe(404);
});

test("with the show what was made of the preview is gone", async () => {
  rest.liveAt = null;
  publish();
  await rest.until(["show primary"]);
  expect(await plane.thumbnail("show")).not.toBeNull();
  plane.beginShow("show", "next_keyframe");
  expect(await plane.thumbnail("show")).toBeNull();
});

test("a preview is not played to viewers although the command that begins the show was lost", async () => {
  rest.liveAt = null;
  rest.state = "preview";
  await publish("primary-key", both(3)).closed;
  await rest.until(["show primary", "show lost"]);
  rest.liveAt = new Date(Date.now() - 60_000);
  rest.state = "live";
  expect(await playlist()).toContain("#EXT-X-MEDIA-SEQUENCE:0\n");
  rest.broadcastId = "other";
  rest.state = "preview";
  rest.liveAt = null;
  await publish("primary-key", both(3)).closed;
  await rest.until(["show primary", "show lost", "other primary", "other lost"]);
  rest.liveAt = new Date();
  rest.state = "live";
  expect(await playlist("other")).not.toContain("#EXT-X-MEDIA-SEQUENCE:0\n");
});

test("a second encoder with the same key is refused in words, the first one stays", async () => {
  publish();
  await rest.until(["show primary"]);
  const { stderr } = await publish().closed;
  expect(stderr).toContain("Another encoder is already live with this key");
  expect(rest.words()).toEqual(["show primary"]);
});

test("where the channel allows it a second encoder takes over, and nobody calls that a loss", async () => {
  rest.secondPublisher = "take_over";
  const first = publish();
  await rest.until(["show primary"]);
  publish();
  const { stderr } = await first.closed;
  expect(stderr).not.toBe("");
  await rest.until(["show primary", "show primary"]);
  expect(plane.slotInUse("channel", "primary")).toBe(true);
});

test("an encoder ends the test signal, and the test signal is refused while it is there", async () => {
  expect(await plane.startTestSignal("show", "channel", 60)).toEqual({ ok: true });
  await rest.until(["show test"]);
  publish();
  await rest.until(["show test", "show primary"]);
  expect((await plane.startTestSignal("show", "channel", 60)).ok).toBe(false);
  await plane.stopTestSignal("show");
  expect(plane.hasSource("show")).toBe(true);
});

test("an encoder that stays after the end is drained, gives way to the next one, and begins nothing", async () => {
  const drained = publish();
  await rest.until(["show primary"]);
  await plane.endBroadcast("show");
  expect([plane.hasSource("show"), plane.slotInUse("channel", "primary")]).toEqual([false, true]);
  expect(await plane.startTestSignal("show", "channel", 60)).toEqual({
    ok: false,
    message: "This broadcast has ended.",
  });
  rest.broadcastId = "next";
  publish();
  await rest.until(["show primary", "next primary"]);
  await drained.closed;
  expect(rest.words()).toEqual(["show primary", "next primary"]);
});

test("the sources of one key slot can be ended", async () => {
  const encoder = publish("backup-key");
  await rest.until(["show backup"]);
  plane.endSources("channel", "primary", "The key was changed.");
  expect(plane.slotInUse("channel", "backup")).toBe(true);
  plane.endSources("channel", "backup", "The key was changed.");
  await encoder.closed;
  await rest.until(["show backup", "show lost"]);
});

test("sources that are cut off may come back and feed the same broadcast", async () => {
  const cut = publish();
  await rest.until(["show primary"]);
  await plane.cutSources("another", "Not yours.");
  expect(plane.hasSource("show")).toBe(true);
  await plane.cutSources("show", "Not now.");
  await cut.closed;
  await rest.until(["show primary", "show lost"]);
  publish();
  await rest.until(["show primary", "show lost", "show primary"]);
});

test("after a restart the show goes on behind a discontinuity, with every segment from before", async () => {
  await publish("primary-key", both(3)).closed;
  await rest.until(["show primary", "show lost"]);
  await plane.close();
  const before = 3;
  plane = await open();
  const kept = await playlist();
  expect([...kept.matchAll(/#EXTINF/g)].length).toBeGreaterThanOrEqual(before);
  await publish("primary-key", both(3)).closed;
  await rest.until(["show primary", "show lost", "show primary", "show lost"]);
  await plane.endBroadcast("show");
  const ended = await playlist();
  expect(ended).toContain("#EXT-X-DISCONTINUITY\n");
  const seconds = [...ended.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, text]) => sum + Number(text), 0);
  expect(seconds).toBeGreaterThan(5.95);
});

test("after a restart in mid-show viewers see the slate until the encoder is back", async () => {
  await publish("primary-key", both(3)).closed;
  await rest.until(["show primary", "show lost"]);
  await plane.close();
  rest.onAir = [{ broadcastId: "show", dvrWindowSec: 60 }];
  plane = await open();
  const segments = async () => [...(await playlist()).matchAll(/#EXTINF/g)].length;
  const before = await segments();
  await expect.poll(segments, { timeout: 10_000 }).toBeGreaterThan(before + 1);
  expect([plane.hasSource("show"), rest.words()]).toEqual([false, ["show primary", "show lost"]]);
  publish("primary-key", both(3));
  await rest.until(["show primary", "show lost", "show primary"]);
  expect(plane.hasSource("show")).toBe(true);
});

test("a broadcast that ended while the server was down gets its end written when somebody asks for it", async () => {
  await publish("primary-key", both(2)).closed;
  await rest.until(["show primary", "show lost"]);
  await plane.close();
  rest.state = "ended";
  plane = await open();
  expect(await playlist()).toContain("#EXT-X-ENDLIST");
});
