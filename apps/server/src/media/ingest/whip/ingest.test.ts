import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { mediaLike, seeded } from "@rostrum/rtc/pipe/testing/hostile";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRtcEndpoint, type RtcEndpoint } from "../../rtc/endpoint.ts";
import { codecsOf, KEY, openRig, type Rig, samplesOf } from "../demux/testing.ts";
import type { WhipLimits } from "./limits.ts";
import { createWhipIngest, type WhipIngest } from "./listener.ts";
import { FRAGMENT, type Offered, postOffer, SDP, WhipClient } from "./testing.ts";

const TURN = "stun:stun.example.org:3478, turn:ann:p%22w@turn.example.org:3478?transport=udp";
let rig: Rig;
let http: Server;
let ingest: WhipIngest;
let endpoint: RtcEndpoint;
const clients: WhipClient[] = [];

async function open(limits: Partial<WhipLimits> = {}): Promise<void> {
  const { log, authorize, openSource } = rig;
  const where = { host: "127.0.0.1", port: 0, publicIp: undefined, turnUrls: TURN, log };
  const opened = await openRtcEndpoint(where);
  if (!opened.ok) throw new Error(opened.missing);
  endpoint = opened.endpoint;
  const more = { trustProxy: false, keyframeIntervalMs: 2_000, authorize, openSource, limits };
  ingest = createWhipIngest({ log, endpoint, ...more });
  http = createServer((req, res) => ingest.handle(req, res));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
}

const url = (path = "/whip"): string => `http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`;

function client(offered: Offered = {}): WhipClient {
  const made = new WhipClient(offered, rig.changed);
  clients.push(made);
  return made;
}

/** A client that is connected. */
async function connected(offered: Offered = {}): Promise<WhipClient> {
  const made = client(offered);
  expect((await made.publish(url(), KEY)).status).toBe(201);
  await rig.until(() => made.isConnected);
  return made;
}

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;

beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  for (const each of clients.splice(0)) each.close();
  await ingest.close();
  endpoint.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

test("picture and sound of an encoder become tracks and samples on one clock; DELETE is a stop", async () => {
  await open();
  const made = await connected();
  await made.send();
  await rig.until(() => samplesOf(rig.sources[0], "video").length >= 50);
  const [source] = rig.sources;
  expect(source?.publisher).toMatchObject({ protocol: "whip", remote: "127.0.0.1", encoder: "OBS 30.2.3" });
  expect(codecsOf(source)).toMatch(/^avc1\.42[0-9a-f]{4} opus$/);
  const [video, audio] = [samplesOf(source, "video"), samplesOf(source, "audio")];
  expect(video[0]?.keyframe).toBe(true);
  expect(audio.length).toBeGreaterThan(75);
  expect(audio.every(({ durationTicks }) => durationTicks === 960)).toBe(true);
  const newest = (samples: typeof video): number => samples.at(-1)?.timestampMs ?? 0;
  expect(Math.abs(newest(video) - newest(audio))).toBeLessThan(250);
  expect(source?.events.filter(({ type }) => type === "dropped")).toEqual([]);
  expect(made.told.map(({ type }) => type)).toContain("receiverReport");
  expect((await made.stop()).status).toBe(200);
  await rig.until(() => source?.closed.length === 1);
  expect(source?.closed).toEqual([{ reason: "The encoder ended the broadcast.", stopped: true }]);
  expect((await fetch(made.location, { method: "DELETE" })).status).toBe(404);
});

test("an answer names the session, its ETag, the candidates and the TURN servers", async () => {
  await open();
  const made = client();
  const response = await postOffer(url(), KEY, made.offer());
  expect(response.status).toBe(201);
  const { headers } = response;
  expect(headers.get("content-type")).toBe(SDP);
  expect(headers.get("location")).toMatch(/^\/whip\/[a-z0-9]{32}$/);
  expect(headers.get("etag")).toMatch(/^"[a-z0-9]{16}"$/);
  expect(headers.get("link")).toBe(
    '<stun:stun.example.org:3478>; rel="ice-server", ' +
      '<turn:turn.example.org:3478?transport=udp>; rel="ice-server"; username="ann"; credential="p\\"w"; credential-type="password"',
  );
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.get("access-control-expose-headers")).toContain("Location, ETag, Link");
  const sdp = await response.text();
  expect(sdp).toMatch(new RegExp(`a=candidate:\\S+ 1 UDP \\d+ 127\\.0\\.0\\.1 ${endpoint.port} typ host`));
  expect(sdp).toContain("a=end-of-candidates");
  expect(sdp).not.toContain("a=sendrecv");
});

test("candidates may be trickled", async () => {
  await open();
  const made = client();
  expect((await made.publish(url(), KEY)).status).toBe(201);
  const lines = (await made.pipe.gathered()).map((line) => `a=${line}`);
  const body = ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:a", ...lines, "a=end-of-candidates", ""].join("\r\n");
  const patch = (headers: Record<string, string>, text = body) =>
    fetch(made.location, { method: "PATCH", headers: { "content-type": FRAGMENT, ...headers }, body: text });
  expect((await patch({})).status).toBe(428);
  expect((await patch({ "if-match": '"other"' })).status).toBe(412);
  expect((await patch({ "if-match": made.etag, "content-type": "text/plain" })).status).toBe(415);
  expect((await patch({ "if-match": made.etag }, "no fragment")).status).toBe(400);
  expect((await patch({ "if-match": made.etag })).status).toBe(204);
  await rig.until(() => made.isConnected);
  const restart = await patch({ "if-match": "*" }, "a=ice-ufrag:other\r\na=ice-pwd:0123456789012345678901\r\n");
  expect(restart.status).toBe(422);
  expect((await errorOf(restart)).message).toContain("An ICE restart is not possible here");
  expect(made.isConnected).toBe(true);
});

test("a browser may ask first", async () => {
  await open();
  const endpointAnswer = await fetch(url(), { method: "OPTIONS", headers: { origin: "https://studio.example.org" } });
  expect(endpointAnswer.status).toBe(204);
  expect(endpointAnswer.headers.get("access-control-allow-methods")).toContain("POST");
  expect(endpointAnswer.headers.get("access-control-allow-headers")).toContain("Authorization");
  expect(endpointAnswer.headers.get("accept-post")).toBe(SDP);
  // Who asks has shown no key yet: the TURN server's password is told to those who may publish.
  expect(endpointAnswer.headers.get("link")).toBeNull();
  const sessionAnswer = await fetch(url("/whip/anything"), { method: "OPTIONS" });
  expect(sessionAnswer.headers.get("access-control-allow-methods")).toContain("PATCH, DELETE");
});

test.each([
  ["no key", "", 401, "unauthenticated", "The stream key is missing"],
  ["an unknown key", "rk_unknown", 401, "unauthenticated", "This stream key is not known here."],
])("%s is refused, and not logged", async (_, key, status, code, message) => {
  await open();
  const response = await postOffer(url(), key, client().offer());
  expect(response.status).toBe(status);
  expect(response.headers.get("www-authenticate")).toBe("Bearer");
  expect(await errorOf(response)).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(rig.sources).toEqual([]);
  expect(JSON.stringify(rig.lines)).not.toContain("rk_unknown");
});

test("offers that cannot be used are refused in words before the key is asked about", async () => {
  await open();
  const vp8 = await postOffer(url(), KEY, client({ video: "VP8" }).offer());
  expect([vp8.status, (await errorOf(vp8)).message]).toEqual([422, expect.stringContaining("offered as VP8")]);
  const good = client().offer();
  const cases: ReadonlyArray<readonly [string, string, number]> = [
    ["this is no description", SDP, 400],
    [good.replaceAll(/a=fingerprint:.*\r\n/g, ""), SDP, 400],
    [good.replaceAll("sha-256", "md5"), SDP, 422],
    [good, "text/plain", 415],
    [`${good}a=x:${"y".repeat(70_000)}\r\n`, SDP, 413],
  ];
  for (const [body, type, status] of cases) {
    const response = await postOffer(url(), KEY, body, type);
    expect([status, response.status]).toEqual([status, status]);
    expect((await errorOf(response)).message.length).toBeGreaterThan(20);
  }
  expect([rig.asked, rig.sources]).toEqual([[], []]);
});

test("other methods and paths are told what is possible", async () => {
  await open();
  const got = await fetch(url());
  expect([got.status, got.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  const made = await connected();
  const put = await fetch(made.location, { method: "PUT", body: "x" });
  expect([put.status, put.headers.get("allow")]).toEqual([405, "PATCH, DELETE, OPTIONS"]);
  expect((await fetch(url("/whip/0123456789abcdef"), { method: "DELETE" })).status).toBe(404);
});

test("the second publisher with a key is told that there is one; who comes back may go on", async () => {
  await open();
  const first = await connected();
  const second = client();
  const refused = await second.publish(url(), KEY);
  expect([refused.status, (await errorOf(refused)).message]).toEqual([409, "Somebody else is live with this key."]);
  expect((await fetch(first.location, { method: "DELETE" })).status).toBe(200);
  await connected();
  expect(rig.sources).toHaveLength(2);
});

test("a publisher that goes away without a word has not stopped", async () => {
  await open({ idleMs: 3_000 });
  const made = await connected();
  await made.send();
  await rig.until(() => samplesOf(rig.sources[0], "video").length > 5);
  made.close();
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]?.closed[0]?.stopped).toBe(false);
  expect((await fetch(made.location, { method: "DELETE" })).status).toBe(404);
});

test("who connects and sends nothing is let go", async () => {
  await open({ idleMs: 50 });
  await connected();
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]?.closed).toEqual([{ reason: "The encoder sent nothing for 0.05 s.", stopped: false }]);
});

test("ended from here, the connection is closed and its path is gone", async () => {
  await open();
  const made = await connected();
  rig.sources[0]?.publisher.end("The stream key was replaced.");
  expect(rig.sources[0]?.closed).toEqual([{ reason: "The stream key was replaced.", stopped: false }]);
  expect((await fetch(made.location, { method: "PATCH" })).status).toBe(404);
});

test("at a restart sessions end and new ones are told to come back", async () => {
  await open();
  await connected();
  await ingest.close();
  expect(rig.sources[0]?.closed).toEqual([
    { reason: "The server is restarting. Connect again in a moment.", stopped: false },
  ]);
  const late = await client().publish(url(), KEY);
  expect([late.status, late.headers.get("retry-after")]).toEqual([503, "2"]);
});

test("places are counted", async () => {
  await open({ publishers: 0 });
  const full = await client().publish(url(), KEY);
  expect([full.status, (await errorOf(full)).code]).toEqual([503, "unavailable"]);
  expect(rig.asked).toEqual([]);
});

test("offers that come slowly, and keys that are not known, take nobody's place", async () => {
  await open({ publishers: 1 });
  const slow = connect((http.address() as AddressInfo).port, "127.0.0.1");
  slow.write(
    `POST /whip HTTP/1.1\r\nhost: a\r\nauthorization: Bearer x\r\ncontent-type: ${SDP}\r\ncontent-length: 9000\r\n\r\nv`,
  );
  await once(http, "request");
  expect((await postOffer(url(), "rk_unknown", client().offer())).status).toBe(401);
  const made = await connected();
  const full = await client().publish(url(), KEY);
  expect([full.status, (await errorOf(full)).code]).toEqual([503, "unavailable"]);
  await made.stop();
  await connected();
  slow.destroy();
});

test("packets that are none do no harm, also under the payload types of its tracks, and what comes after them is taken", async () => {
  await open();
  const made = await connected();
  const random = seeded(22);
  for (let count = 0; count < 3_000; count++) {
    // Not the tracks' own sources: SRTP, which counts what was sent, would keep what comes later to itself.
    const ssrc = [102, 202, undefined][count % 3];
    made.pipe.send(mediaLike(random, random() < 0.3 ? "rtcp" : "rtp", ssrc));
    if (count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await made.send();
  await rig.until(() => samplesOf(rig.sources[0], "video").length >= 25);
  expect(rig.sources[0]?.closed).toEqual([]);
});

test("a certificate that was not announced never gets media in", async () => {
  await open();
  const made = client();
  const offered = made.offer();
  const other = offered.replaceAll(/a=fingerprint:sha-256 [0-9A-F]{2}/g, (line) => {
    return line.endsWith("00") ? line.replace(/00$/, "01") : line.replace(/..$/, "00");
  });
  const response = await postOffer(url(), KEY, other);
  expect(response.status).toBe(201);
  made.pipe.complete(parseSdp(await response.text()));
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(samplesOf(rig.sources[0], "video")).toEqual([]);
});
