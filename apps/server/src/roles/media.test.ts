import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Context } from "../context.ts";
import { openShow, type Show } from "../features/broadcasts/testing.ts";
import { createMetrics } from "../lib/metrics.ts";
import { StartError } from "../lib/start-error.ts";
import { audioOnly, both, type Encoder, startEncoder } from "../media/ingest/rtmp/testing.ts";
import { type BroadcastChange, publishMediaCommand } from "../ports/bus-events.ts";
import { type HttpListener, listenHttp } from "./http-listener.ts";
import { startMedia } from "./media.ts";

type Media = Awaited<ReturnType<typeof startMedia>>;

let show: Show;
/** Of one run of the server: every one has its own metrics. */
let ctx: Context;
let http: HttpListener;
let media: Media | undefined;
let encoder: Encoder | undefined;
let stop: AbortController;
beforeAll(async () => {
  const ports = { PORT: 0, RTMP_PORT: 0, SRT_PORT: 0, RTC_UDP_PORT: 0 };
  show = await openShow({ config: { HOST: "127.0.0.1", ...ports, SEGMENT_TARGET_MS: 1000 } });
});
afterAll(() => show.close());
beforeEach(async () => {
  stop = new AbortController();
  ctx = { ...show.ctx, metrics: createMetrics() };
  http = await listenHttp(show.ctx.config);
});
afterEach(async () => {
  encoder?.process.kill();
  await encoder?.closed;
  encoder = undefined;
  stop.abort();
  await media?.close();
  media = undefined;
  await http.close();
});

const publish = (port: number, key: string, args: readonly string[]): Encoder =>
  (encoder = startEncoder(`rtmp://127.0.0.1:${port}/live/${key}`, args));

/** The broadcast that comes to this state next. */
function nextIn(state: "live" | "interrupted"): Promise<string> {
  const changes = ctx.bus.subscribe<BroadcastChange>("broadcasts", { signal: stop.signal });
  return (async () => {
    for await (const { data } of changes) if (data.type === "state" && data.state === state) return data.broadcastId;
    throw new Error(`the bus ended before anything was ${state}`);
  })();
}

test("without a usable FFmpeg it does not start, and says so in a sentence", async () => {
  const config = { ...ctx.config, FFMPEG_PATH: "/nowhere/ffmpeg" };
  const start = startMedia({ ...ctx, config }, http, stop.signal);
  await expect(start).rejects.toThrow(
    new StartError("FFMPEG_PATH=/nowhere/ffmpeg cannot be used: there is no such file."),
  );
});

test("an unknown key is refused in words and opens nothing", async () => {
  media = await startMedia(ctx, http, stop.signal);
  const { stderr } = await publish(media.plane.ports.rtmp, "unknown", audioOnly(5)).closed;
  expect(stderr).toContain("Unknown stream key.");
  expect(await ctx.store.db.selectFrom("broadcast").selectAll().execute()).toEqual([]);
});

test("frames are sent as they come, until the broadcast is not for everybody any more", async () => {
  media = await startMedia(ctx, http, stop.signal);
  const { id: channelId, people } = await show.channel("frames");
  const live = nextIn("live");
  publish(media.plane.ports.rtmp, await show.keyOf(channelId), both(60));
  const broadcastId = await live;
  const { body } = await show.anonymous("GET", `/broadcasts/${broadcastId}/playback`);
  const socket = new WebSocket(`ws://127.0.0.1:${http.port}${String(body["realtimeUrl"])}`);
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  const kinds: number[] = [];
  await new Promise<void>((resolve) => {
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) kinds.push(new Uint8Array(data)[0] ?? 0);
      if (kinds.length >= 100) resolve();
    });
  });
  // Both init segments, then a key frame.
  expect(kinds.slice(0, 3)).toEqual([1, 2, 0x83]);
  expect(new Set(kinds)).toEqual(new Set([1, 2, 3, 0x83, 4]));
  await people.owner.call("PATCH", `/broadcasts/${broadcastId}`, { visibility: "private" });
  expect((await closed).code).toBe(4401);
});

test("a channel's key opens a broadcast that viewers can play; commands of the bus end source and broadcast", async () => {
  media = await startMedia(ctx, http, stop.signal);
  const channel = await show.channel("radio");
  const live = nextIn("live");
  const { closed } = publish(media.plane.ports.rtmp, await show.keyOf(channel.id), both(60));
  const broadcastId = await live;
  const playlist = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${http.port}/live/${broadcastId}/v0/index.m3u8`);
    return answer.text();
  };
  while (!(await playlist()).includes("#EXTINF:"));
  const interrupted = nextIn("interrupted");
  const reason = "The key was changed.";
  await publishMediaCommand(ctx.bus, { type: "end_sources", channelId: channel.id, slot: "primary", reason });
  await closed;
  expect(await interrupted).toBe(broadcastId);
  await publishMediaCommand(ctx.bus, { type: "end_broadcast", broadcastId });
  while (!(await playlist()).includes("#EXT-X-ENDLIST"));
  expect(media.plane.hasSource(broadcastId)).toBe(false);
});
