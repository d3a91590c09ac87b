import http from "node:http";
import net from "node:net";
import { gunzipSync } from "node:zlib";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { expect, test } from "vitest";
import { OPEN, VIDEO_TRACK, show, startTestOrigin, tracks } from "./deliver/testing.ts";
import { type Metrics, createMetrics } from "../lib/metrics.ts";

const onlyVideo = tracks({ video: VIDEO_TRACK });
/** Two closed segments of 2 s and two parts of the third. */
const START = show({ gopFrames: 60, seconds: 5, audio: false });
const more = (fromSec: number, seconds: number) => show({ gopFrames: 60, fromSec, seconds, audio: false });

async function waitingRequests(metrics: Metrics): Promise<number> {
  return (await metrics.getSingleMetric("rostrum_hls_waiting_requests")?.get())?.values[0]?.value ?? 0;
}

async function untilOneWaits(metrics: Metrics): Promise<void> {
  while ((await waitingRequests(metrics)) !== 1) await new Promise((resolve) => setImmediate(resolve));
}

async function started(options: Parameters<typeof startTestOrigin>[0] = {}) {
  const metrics = createMetrics();
  const origin = await startTestOrigin({ metrics, ...options });
  const hub = origin.attach();
  await origin.feed(hub, onlyVideo, ...START);
  const waiting = (): Promise<number> => waitingRequests(metrics);
  /** Resolves when so many requests wait. */
  const untilWaiting = async (count: number): Promise<void> => {
    while ((await waiting()) !== count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { origin, hub, waiting, untilWaiting };
}

test("a blocked request is answered when its part is there, with that part in it", async () => {
  const { origin, hub, untilWaiting } = await started();
  await using _ = origin;
  const blocked = origin.get("show/v0/index.m3u8?_HLS_msn=2&_HLS_part=3");
  await untilWaiting(1);
  await origin.feed(hub, ...more(5, 0.2));
  await untilWaiting(1);
  await origin.feed(hub, ...more(5.2, 0.4));
  const { status, text, headers } = await blocked;
  expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=24"]);
  expect(parseMediaPlaylist(text).openSegment?.parts?.length).toBe(4);
});

test("without a part it waits for the whole segment; a part behind the last one is the next segment's first", async () => {
  const { origin, hub, untilWaiting } = await started();
  await using _ = origin;
  const whole = origin.get("show/v0/index.m3u8?_HLS_msn=2");
  const beyond = origin.get("show/v0/index.m3u8?_HLS_msn=1&_HLS_part=9");
  expect((await beyond).status).toBe(200);
  await untilWaiting(1);
  await origin.feed(hub, ...show({ gopFrames: 30, fromSec: 5, seconds: 2, audio: false }));
  expect(parseMediaPlaylist((await whole).text).segments.length).toBe(3);
});

test.each([
  ["a segment three beyond the last", "_HLS_msn=5", 400],
  ["a part too far ahead", "_HLS_msn=2&_HLS_part=11", 400],
  ["a part without a segment", "_HLS_part=1", 400],
  ["something there already", "_HLS_msn=0", 200],
])("%s: %s is answered at once", async (_, query, status) => {
  const { origin } = await started();
  await using _origin = origin;
  const answer = await origin.get(`show/v0/index.m3u8?${query}`);
  expect(answer.status).toBe(status);
  if (status === 400) expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "invalid_input" } });
});

test("after three target durations a blocked request is given up with 503", async () => {
  const { origin, waiting, untilWaiting } = await started();
  await using _ = origin;
  const blocked = origin.get("show/v0/index.m3u8?_HLS_msn=3&_HLS_part=0");
  await untilWaiting(1);
  origin.clock.advance(11_900);
  expect(await waiting()).toBe(1);
  origin.clock.advance(600);
  const { status, headers } = await blocked;
  expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await waiting()).toBe(0);
});

test("the announced part can be asked for before it is there", async () => {
  const { origin, hub, untilWaiting } = await started();
  await using _ = origin;
  const { text } = await origin.get("show/v0/index.m3u8");
  const hint = parseMediaPlaylist(text).preloadHint?.uri ?? "";
  expect(hint).toMatch(/-2-2\.m4s$/);
  const early = origin.get(`show/v0/${hint}`);
  await untilWaiting(1);
  await origin.feed(hub, ...show({ gopFrames: 600, fromSec: 5, seconds: 1, audio: false }));
  const part = await early;
  const again = await origin.get(`show/v0/${hint}`);
  expect([part.status, part.bytes.equals(again.bytes)]).toEqual([200, true]);
  expect((await origin.get(`show/v0/${hint.replace("-2-2", "-2-9")}`)).status).toBe(404);
});

test("a part that nobody announced is 404; the announced one is waited for until the source returns", async () => {
  const { origin, hub, untilWaiting } = await started();
  await using _ = origin;
  expect((await origin.get("show/v0/mjwaid1k-2-3.m4s")).status).toBe(404);
  expect((await origin.get("show/v0/mjwaid1k-3-0.m4s")).status).toBe(404);
  const next = origin.get("show/v0/mjwaid1k-2-2.m4s");
  await untilWaiting(1);
  await origin.feed(hub, { type: "gap", reason: "gone" });
  // The rest of the segment is that part, though shorter.
  expect((await next).status).toBe(200);
  const returned = origin.get("show/v0/mjwaid1k-3-0.m4s");
  await untilWaiting(1);
  await origin.feed(hub, onlyVideo, ...more(9, 1));
  expect((await returned).status).toBe(200);
  const never = origin.get("show/v0/mjwaid1k-3-3.m4s");
  hub.publish({ type: "end" });
  await origin.origin.end("show");
  expect((await never).status).toBe(404);
});

test("a viewer that goes away leaves nothing behind, and too many are refused", async () => {
  const { origin, waiting, untilWaiting } = await started({ maxWaiters: 2 });
  await using _ = origin;
  const url = `${origin.url}/live/show/v0/index.m3u8?_HLS_msn=3`;
  const requests = [http.get(url, { agent: false }), http.get(url, { agent: false })];
  for (const request of requests) request.on("error", () => {});
  await untilWaiting(2);
  expect((await origin.get("show/v0/index.m3u8?_HLS_msn=3")).status).toBe(503);
  for (const request of requests) request.destroy();
  await untilWaiting(0);
  expect(await waiting()).toBe(0);
});

test("one connection that asks for everything at once leaves the places to the others", async () => {
  const { origin, hub, untilWaiting } = await started({ maxWaiters: 8 });
  await using _ = origin;
  const { hostname, port } = new URL(origin.url);
  const greedy = net.connect(Number(port), hostname);
  greedy.write("GET /live/show/v0/index.m3u8?_HLS_msn=3 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50));
  await untilWaiting(4);
  const viewer = origin.get("show/v0/index.m3u8?_HLS_msn=2&_HLS_part=3");
  await untilWaiting(5);
  await origin.feed(hub, ...more(5, 1));
  expect((await viewer).status).toBe(200);
  greedy.destroy();
  await untilWaiting(0);
});

test("one network gets a share of the places, counted behind a proxy too", async () => {
  const { origin, untilWaiting } = await started({ maxWaiters: 8, trustProxy: true });
  await using _ = origin;
  const ask = (address: string) =>
    origin.get("show/v0/index.m3u8?_HLS_msn=3", { headers: { "x-forwarded-for": `198.51.100.1, ${address}` } });
  const waiting = [ask("2001:db8::1"), ask("2001:db8::2")];
  await untilWaiting(2);
  expect((await ask("2001:db8::3")).status).toBe(503);
  waiting.push(ask("203.0.113.9"));
  await untilWaiting(3);
  await origin.origin.remove("show");
  for (const answer of waiting) expect((await answer).status).toBe(503);
});

test("the end answers who waits with ENDLIST", async () => {
  const { origin, hub, untilWaiting } = await started();
  await using _ = origin;
  const blocked = origin.get("show/v0/index.m3u8?_HLS_msn=4");
  await untilWaiting(1);
  hub.publish({ type: "end" });
  await origin.origin.end("show");
  const { text } = await blocked;
  expect(text.endsWith("-2.m4s\n#EXT-X-ENDLIST\n")).toBe(true);
  expect(text).not.toContain("PRELOAD-HINT");
  const multivariant = await origin.get("show/index.m3u8");
  expect([multivariant.status, multivariant.headers.get("cache-control")]).toEqual([200, "public, max-age=60"]);
  origin.attach();
  expect(origin.logged.join()).toContain("an ended broadcast is not packaged any more");
});

test("a delta update leaves out what is older than six target durations, and names its number", async () => {
  const { origin, hub } = await started();
  await using _ = origin;
  await origin.feed(
    hub,
    ...more(5, 0.9).slice(0, 0),
    ...show({ gopFrames: 60, fromSec: 5, seconds: 61, audio: false }),
  );
  const whole = parseMediaPlaylist((await origin.get("show/v0/index.m3u8")).text);
  const { text } = await origin.get("show/v0/index.m3u8?_HLS_skip=YES");
  const delta = parseMediaPlaylist(text);
  expect(delta.mediaSequence).toBe(whole.mediaSequence);
  expect((delta.skippedSegments ?? 0) + delta.segments.length).toBe(whole.segments.length);
  expect(delta.segments).toEqual(whole.segments.slice(delta.skippedSegments ?? 0));
  const keptSec = delta.segments.reduce((total, segment) => total + segment.durationSec, 0);
  expect(keptSec).toBeGreaterThanOrEqual(22);
  expect(keptSec).toBeLessThanOrEqual(26);
  const listed = whole.segments.filter((segment) => segment.parts !== undefined);
  expect(listed.reduce((total, segment) => total + segment.durationSec, 0)).toBeGreaterThanOrEqual(12);
  expect(listed.length).toBeLessThan(9);
});

test("playlists are compressed for those who understand it", async () => {
  const { origin } = await started();
  await using _ = origin;
  const plain = await raw(`${origin.url}/live/show/v0/index.m3u8`, {});
  const zipped = await raw(`${origin.url}/live/show/v0/index.m3u8`, { "accept-encoding": "br, gzip" });
  expect([plain.headers["content-encoding"], zipped.headers["content-encoding"]]).toEqual([undefined, "gzip"]);
  expect(gunzipSync(zipped.body).toString()).toBe(plain.body.toString());
  expect(zipped.headers["vary"]).toBe("Accept-Encoding");
});

test("HEAD, OPTIONS, ranges, and nothing else", async () => {
  const { origin } = await started();
  await using _ = origin;
  const whole = await origin.get("show/v0/mjwaid1k-0.m4s");
  const range = await origin.get("show/v0/mjwaid1k-0.m4s", { headers: { range: "bytes=200-1299" } });
  expect([range.status, range.headers.get("content-range")]).toEqual([206, `bytes 200-1299/${whole.bytes.length}`]);
  expect(range.bytes.equals(whole.bytes.subarray(200, 1300))).toBe(true);
  expect((await origin.get("show/v0/mjwaid1k-0.m4s", { headers: { range: "bytes=999999-" } })).status).toBe(416);
  const head = await origin.get("show/v0/mjwaid1k-0.m4s", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), head.bytes.length]).toEqual([
    200,
    String(whole.bytes.length),
    0,
  ]);
  const options = await origin.get("show/v0/index.m3u8", { method: "OPTIONS" });
  expect([options.status, options.headers.get("access-control-allow-methods")]).toEqual([204, "GET, HEAD, OPTIONS"]);
  const post = await origin.get("show/v0/index.m3u8", { method: "POST" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  const alias = await fetch(`${origin.url}/livestream/show/stream.m3u8`);
  expect(await alias.text()).toMatch(/\n\.\.\/\.\.\/live\/show\/v0\/index\.m3u8\n$/);
});

test("a token is asked for, goes into every URI, and is checked once", async () => {
  let checks = 0;
  const { origin } = await started({
    policy: (id) => Promise.resolve(id === "hidden" ? null : { ...OPEN, state: "preview", needsToken: true }),
    verifyToken: (token, id) => {
      checks += 1;
      return Promise.resolve(token === "good+1" && id === "show");
    },
  });
  await using _ = origin;
  origin.attach("hidden");
  const code = async (below: string) => {
    const { status, text } = await origin.get(below);
    return [status, status === 200 ? "" : JSON.parse(text).error.code];
  };
  expect(await code("hidden/index.m3u8")).toEqual([404, "not_found"]);
  expect(await code("show/index.m3u8")).toEqual([403, "forbidden"]);
  expect(await code("show/index.m3u8?t=bad")).toEqual([403, "invalid_token"]);
  expect(await code("show/v0/mjwaid1k-0.m4s?t=bad")).toEqual([403, "invalid_token"]);
  checks = 0;
  const multivariant = await origin.get("show/index.m3u8?t=good%2B1");
  expect(multivariant.text).toContain("\nv0/index.m3u8?t=good%2B1\n");
  expect(multivariant.headers.get("cache-control")).toBe("private, max-age=2");
  const { text } = await origin.get("show/v0/index.m3u8?t=good%2B1");
  const uris = text.match(/mjwaid1k[^"\n]*/g) ?? [];
  expect(uris.length).toBeGreaterThan(10);
  for (const uri of uris) expect(uri).toMatch(/\.(mp4|m4s)\?t=good%2B1$/);
  const media = await origin.get(`show/v0/${uris[0]}`);
  expect([media.status, media.headers.get("cache-control")]).toEqual([200, "private, max-age=31536000, immutable"]);
  expect(checks).toBe(1);
});

function raw(
  url: string,
  headers: Record<string, string>,
): Promise<{ headers: http.IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers, agent: false }, (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("end", () => resolve({ headers: res.headers, body: Buffer.concat(chunks) }));
      })
      .on("error", reject);
  });
}

test("whether a broadcast may be played is asked only when there is something of it", async () => {
  const asked: string[] = [];
  await using origin = await startTestOrigin({
    policy: (id) => {
      asked.push(id);
      return Promise.resolve({ ...OPEN, needsToken: true });
    },
  });
  origin.attach("here");
  const urls = ["index.m3u8", "v0/index.m3u8", "v0/mjwaid1k-0.m4s"];
  for (const url of urls) expect((await origin.get(`nowhere/${url}`)).status).toBe(404);
  for (const url of urls) expect((await origin.get(`here/${url}`)).status).toBe(403);
  expect(asked).toEqual(["here", "here", "here"]);
});

test("who comes with the show is answered with its first segment", async () => {
  const metrics = createMetrics();
  await using origin = await startTestOrigin({ metrics });
  const hub = origin.attach();
  const early = origin.get("show/index.m3u8");
  await untilOneWaits(metrics);
  await origin.feed(hub, onlyVideo, ...show({ gopFrames: 60, seconds: 1.9, audio: false }));
  await untilOneWaits(metrics);
  await origin.feed(hub, ...show({ gopFrames: 60, fromSec: 2, seconds: 1, audio: false }));
  expect((await early).status).toBe(200);
});

test("a first segment that does not come is not waited for without end", async () => {
  const metrics = createMetrics();
  await using origin = await startTestOrigin({ metrics });
  origin.attach();
  const early = origin.get("show/index.m3u8");
  await untilOneWaits(metrics);
  origin.clock.advance(5500);
  const { status, headers } = await early;
  expect([status, headers.get("retry-after")]).toEqual([404, "1"]);
});
