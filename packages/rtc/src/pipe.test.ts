import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test, vi } from "vitest";
import { openUdpMux } from "./pipe/mux.ts";
import type { PipeHandlers, PipeOptions } from "./pipe/options.ts";
import { answerOf, join, offerOf, TestPeer } from "./pipe/testing/peer.ts";
import { parseCandidate } from "./sdp/candidate.ts";
import type { SessionDescription } from "./sdp/model.ts";

const peers: TestPeer[] = [];

function peer(name: string, options: Partial<PipeOptions> = {}, handlers: Partial<PipeHandlers> = {}): TestPeer {
  const made = new TestPeer(name, options, handlers);
  peers.push(made);
  return made;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

afterEach(async () => {
  const ended = peers.splice(0);
  for (const { pipe } of ended) pipe.close();
  await Promise.all(ended.map(({ pipe }) => pipe.closed));
});

/** A packet of a payload of `size` bytes (RFC 3550 §5.1). */
function rtp(sequence: number, size = 20): Uint8Array {
  const packet = new Uint8Array(12 + size).fill(0xaa, 12);
  packet.set([0x80, 96, sequence >> 8, sequence & 0xff, 0, 0, 0, 1, 0, 0, 0x12, 0x34]);
  return packet;
}

/** A receiver report without blocks and a picture loss indication behind it, as one compound packet. */
const RTCP = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 9, 0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0x12, 0x34);

const withFingerprint = (description: SessionDescription, value: string): SessionDescription => ({
  ...description,
  transport: { ...description.transport, fingerprint: { ...description.transport.fingerprint, value } },
});

test("RTP and RTCP come out at the other end byte for byte, both ways", async () => {
  const [a, b] = [peer("a"), peer("b")];
  await join(a, b);
  expect(a.pipe.send(rtp(1))).toBe(true);
  // A view into a larger buffer, as forwarding has them.
  const framed = new Uint8Array(1_300);
  framed.set(rtp(2, 1_100), 50);
  expect(b.pipe.send(framed.subarray(50, 50 + 1_112))).toBe(true);
  expect(b.pipe.send(RTCP)).toBe(true);
  await b.until(() => b.packets.length === 1);
  await a.until(() => a.packets.length === 2);
  expect([...b.packets[0]!]).toEqual([...rtp(1)]);
  expect([...a.packets[0]!]).toEqual([...rtp(2, 1_100)]);
  expect([...a.packets[1]!]).toEqual([...RTCP]);
  expect(a.pipe.stats).toMatchObject({ sentPackets: 1, receivedPackets: 2, droppedPackets: 0 });
  expect([a.states, b.states]).toEqual([
    ["connecting", "connected"],
    ["connecting", "connected"],
  ]);
});

test("many sources pass through the one made-up section", async () => {
  const [a, b] = [peer("a"), peer("b")];
  await join(a, b);
  for (let ssrc = 0; ssrc < 40; ssrc++) {
    const packet = rtp(ssrc);
    packet[11] = ssrc;
    expect(a.pipe.send(packet)).toBe(true);
  }
  await b.until(() => b.packets.length === 40);
  expect(b.packets.map((packet) => packet[11])).toEqual(Array.from({ length: 40 }, (_, ssrc) => ssrc));
});

test("data channels of either side carry bytes and text both ways", async () => {
  const [a, b] = [peer("a"), peer("b")];
  await join(a, b, [{ label: "_reliable" }, { label: "_lossy", ordered: false, maxRetransmits: 0 }]);
  await a.until(() => a.channels.length === 2);
  await b.until(() => b.channels.length === 2);
  expect(b.channels.map(({ label }) => label).toSorted()).toEqual(["_lossy", "_reliable"]);
  const large = new Uint8Array(60_000).fill(7);
  const [from, to] = [a, b].map((side) => side.channels.find(({ label }) => label === "_reliable")!);
  expect(from!.send(large)).toBe(true);
  expect(to!.send("héllo")).toBe(true);
  await b.until(() => b.messages.length === 1);
  await a.until(() => a.messages.length === 1);
  expect(b.messages[0]).toEqual(Buffer.from(large));
  expect(a.messages).toEqual(["héllo"]);
});

test("what does not fit into a channel is dropped and counted, and the channel tells when there is room", async () => {
  let drained = 0;
  const [b, full] = [peer("b"), { maxBufferedBytes: 200_000 }];
  const a: TestPeer = peer("a", full, {
    onChannel(channel) {
      a.channels.push(channel);
      return { onMessage: () => undefined, onDrain: () => (drained += 1) };
    },
  });
  await join(a, b, [{ label: "data" }]);
  await vi.waitFor(() => expect(a.channels).toHaveLength(1));
  const [channel] = a.channels;
  const message = new Uint8Array(50_000);
  let sent = 0;
  while (channel!.send(message)) sent += 1;
  expect(sent).toBeGreaterThanOrEqual(4);
  expect(channel!.bufferedBytes).toBeLessThanOrEqual(200_000);
  expect(a.pipe.stats.droppedMessages).toBe(1);
  await b.until(() => b.messages.length === sent);
  await vi.waitFor(() => expect(drained).toBeGreaterThan(0));
});

test("a channel that nobody wants and one too many are closed again", async () => {
  const refused: string[] = [];
  const b = peer("b", {}, { onChannel: ({ label }) => void refused.push(label) });
  const [a, c, d] = [peer("a"), peer("c"), peer("d", { maxChannels: 1 })];
  /** Whether a closed one was ever told to be open depends on which of the two events came first. */
  const usable = ({ channels }: TestPeer): number => channels.filter((channel) => channel.send("x")).length;
  await join(a, b, [{ label: "no" }]);
  await vi.waitFor(() => expect(refused).toEqual(["no"]));
  await vi.waitFor(() => expect(usable(a)).toBe(0));
  await join(c, d, [{ label: "one" }, { label: "two" }]);
  await d.until(() => d.channels.length === 1);
  await vi.waitFor(() => expect(usable(c)).toBe(1));
  expect(d.channels).toHaveLength(1);
  expect(c.pipe.state).toBe("connected");
});

test("a certificate other than the announced one never gets media through", async () => {
  const [a, b] = [peer("a"), peer("b")];
  const wrong = Array.from({ length: 32 }, () => "00").join(":");
  await expect(join(a, b, [], (answer) => withFingerprint(answer, wrong))).rejects.toThrow();
  expect((await a.pipe.closed).reason).toBe("dtls");
  expect(a.pipe.send(rtp(1))).toBe(false);
  b.pipe.send(rtp(2));
  expect([a.packets, b.packets]).toEqual([[], []]);
  expect(a.states).not.toContain("connected");
});

test("a wrong fingerprint in the offer does not either", async () => {
  const [a, b] = [peer("a"), peer("b")];
  const theirs = offerOf(a.pipe.offer(), false);
  const wrong = withFingerprint(theirs, Array.from({ length: 32 }, () => "11").join(":"));
  a.pipe.complete(answerOf(theirs, b.pipe.accept(wrong)));
  for (const candidate of await b.pipe.gathered()) a.pipe.addCandidate(candidate);
  // Either end may hear that its path is gone before it hears that the handshake failed.
  expect([(await a.pipe.closed).reason, (await b.pipe.closed).reason]).toEqual(["dtls", "dtls"]);
  expect(b.states).toEqual(["connecting", "closed"]);
});

test("nobody there: it ends by timeout", async () => {
  const [a, b] = [peer("a"), peer("b", { connectTimeoutMs: 100 })];
  b.pipe.accept(offerOf(a.pipe.offer(), false));
  expect(await b.pipe.closed).toEqual({ reason: "timeout", message: "not connected within 100 ms" });
  expect(b.states).toEqual(["connecting", "closed"]);
});

test("closing tells both ends why, once, and frees the channel", { timeout: 60_000 }, async () => {
  const [a, b] = [peer("a"), peer("b")];
  await join(a, b, [{ label: "data" }]);
  await b.until(() => b.channels.length === 1);
  a.pipe.close();
  a.pipe.close();
  expect(await a.pipe.closed).toEqual({ reason: "local", message: "closed by us" });
  // When the library drops its last words, the other end finds out by itself.
  expect(["remote", "lost"]).toContain((await b.pipe.closed).reason);
  expect([a.pipe.send(rtp(1)), b.pipe.send(rtp(1)), b.channels[0]!.send("x")]).toEqual([false, false, false]);
  expect(a.pipe.stats.droppedPackets).toBe(1);
  expect([a.states.at(-1), b.states.at(-1)]).toEqual(["closed", "closed"]);
  expect(b.channels[0]!.bufferedBytes).toBe(0);
});

test("a pipe that was never used closes", async () => {
  const a = peer("a");
  a.pipe.close();
  expect((await a.pipe.closed).reason).toBe("local");
  expect(await a.pipe.gathered()).toEqual([]);
  expect(() => a.pipe.offer()).toThrow("the pipe is closed: accept() or offer() comes once, at first");
});

test("calls out of order are refused", () => {
  const [a, b] = [peer("a"), peer("b")];
  const theirs = offerOf(a.pipe.offer(), false);
  const ours = answerOf(theirs, b.pipe.accept(theirs));
  expect(() => b.pipe.accept(theirs)).toThrow("the pipe is connecting");
  expect(() => b.pipe.complete(ours)).toThrow("complete() takes one answer, after offer()");
  a.pipe.complete(ours);
  expect(() => a.pipe.complete(ours)).toThrow("complete() takes one answer, after offer()");
});

test("an answer that comes when the pipe is closed is refused in words", () => {
  const [a, b] = [peer("a"), peer("b")];
  const theirs = offerOf(a.pipe.offer(), false);
  const ours = answerOf(theirs, b.pipe.accept(theirs));
  a.pipe.close();
  expect(() => a.pipe.complete(ours)).toThrow("the pipe is closed: complete() comes before that");
});

test("an answer that refuses our data section, or takes no end of DTLS, is refused", () => {
  const [a, b, c] = [peer("a"), peer("b"), peer("c")];
  const theirs = offerOf(a.pipe.offer([{ label: "data" }]), true);
  const ours = answerOf(theirs, b.pipe.accept(theirs));
  const [media] = ours.sections;
  expect(() => a.pipe.complete({ ...ours, sections: [media!] })).toThrow("the answer refuses the data section");
  c.pipe.offer();
  expect(() => c.pipe.complete({ ...ours, transport: { ...ours.transport, setup: "actpass" } })).toThrow(/actpass/);
  expect(c.pipe.state).toBe("closed");
});

test("candidates that come before the description are kept, ours are held back until then", async () => {
  const [a, b] = [peer("a"), peer("b")];
  const theirs = offerOf(a.pipe.offer(), false);
  const ours = answerOf(theirs, b.pipe.accept(theirs));
  for (const candidate of await b.pipe.gathered()) a.pipe.addCandidate(candidate);
  await expect(a.pipe.gathered()).rejects.toThrow("gathered() comes after accept() or complete()");
  expect(a.candidates).toEqual([]);
  a.pipe.complete(ours);
  expect(await a.pipe.gathered()).toHaveLength(1);
  expect(a.candidates).toHaveLength(2);
  expect(a.candidates.at(-1)).toBeUndefined();
  expect(a.candidates[0]).toMatch(/^candidate:\S+ 1 UDP \d+ 127\.0\.0\.1 \d+ typ host/);
  await Promise.all([a.connected, b.connected]);
});

test("host names, TCP, nonsense and too many candidates are counted and left", () => {
  const [a, b] = [peer("a"), peer("b")];
  b.pipe.accept(offerOf(a.pipe.offer(), false));
  b.pipe.addCandidate("candidate:1 1 UDP 1 intranet.example 9 typ host");
  b.pipe.addCandidate("candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active");
  b.pipe.addCandidate("nonsense");
  b.pipe.addCandidate("");
  b.pipe.addCandidate("a=end-of-candidates");
  expect(b.pipe.stats.ignoredCandidates).toBe(3);
  for (let port = 1; port <= 70; port++) b.pipe.addCandidate(`candidate:1 1 UDP 1 127.0.0.1 ${port} typ host`);
  expect(b.pipe.stats.ignoredCandidates).toBe(9);
});

test("public addresses stand in place of the bound one", async () => {
  const [a, b] = [peer("a"), peer("b", { publicAddresses: ["203.0.113.7", "2001:db8::7"] })];
  b.pipe.accept(offerOf(a.pipe.offer(), false));
  const addresses = (await b.pipe.gathered()).map((text) => parseCandidate(text)?.address);
  expect(addresses).toEqual(["203.0.113.7"]);
});

test("a handler that throws ends its pipe, not the process", async () => {
  const b = peer("b");
  const a = peer(
    "a",
    {},
    {
      onPacket() {
        throw new Error("a bug");
      },
    },
  );
  await join(b, a);
  b.pipe.send(rtp(1));
  expect(await a.pipe.closed).toEqual({ reason: "error", message: "a handler failed: a bug" });
});

test("bytes that are no packets reach nobody and harm nothing", async () => {
  const [a, b] = [peer("a"), peer("b")];
  await join(a, b);
  const port = parseCandidate((await b.pipe.gathered())[0]!)!.port;
  const socket: Socket = createSocket("udp4");
  for (const bytes of [
    [],
    [0],
    [0x80],
    [0x80, 200],
    [22, 254, 253],
    [0, 1, 0, 0],
    Array.from({ length: 1_400 }, () => 0xff),
  ]) {
    socket.send(Uint8Array.from(bytes), port, "127.0.0.1");
  }
  a.pipe.send(rtp(1));
  await b.until(() => b.packets.length === 1);
  expect([...b.packets[0]!]).toEqual([...rtp(1)]);
  socket.close();
});

test("all pipes of a process share one UDP port", async () => {
  const mux = await openUdpMux(0, "127.0.0.1");
  try {
    const servers = [
      peer("s1", { udpPort: mux.port }),
      peer("s2", { udpPort: mux.port }),
      peer("s3", { udpPort: mux.port }),
    ];
    const clients = servers.map((_, index) => peer(`c${index}`));
    await Promise.all(
      servers.map((server, index) => join(clients[index]!, server, index === 0 ? [{ label: "x" }] : [])),
    );
    for (const [index, client] of clients.entries()) client.pipe.send(rtp(index));
    await Promise.all(servers.map((server) => server.until(() => server.packets.length === 1)));
    expect(servers.map(({ packets }) => packets[0]![3])).toEqual([0, 1, 2]);
    const ports = await Promise.all(servers.map(async ({ pipe }) => parseCandidate((await pipe.gathered())[0]!)!.port));
    expect(ports).toEqual([mux.port, mux.port, mux.port]);
    for (const { pipe } of [...servers, ...clients]) pipe.close();
    await Promise.all([...servers, ...clients].map(({ pipe }) => pipe.closed));
  } finally {
    mux.close();
  }
});

test("a UDP port that is taken is an error in words", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  await expect(openUdpMux(socket.address().port, "127.0.0.1")).rejects.toThrow();
  socket.close();
});

test("a pipe that nobody answered leaves nothing behind", async () => {
  const lone = (): WeakRef<object> => {
    const { pipe } = new TestPeer("lone");
    pipe.offer([{ label: "data" }]);
    pipe.close();
    return new WeakRef(pipe);
  };
  const left = lone();
  await vi.waitFor(
    () => {
      collect();
      // Not the object itself: a failed assertion keeps it.
      expect(left.deref() === undefined).toBe(true);
    },
    { timeout: 30_000, interval: 200 },
  );
});

test("200 pairs leave nothing behind", { timeout: 120_000 }, async () => {
  const pair = async (): Promise<void> => {
    const [a, b] = [new TestPeer("a"), new TestPeer("b")];
    await join(a, b, [{ label: "data" }]);
    a.pipe.send(rtp(1));
    await b.until(() => b.packets.length === 1);
    for (const { pipe } of [a, b]) pipe.close();
    await Promise.all([a.pipe.closed, b.pipe.closed]);
  };
  // Twenty at a time: now and then a handshake waits a second for a packet that came too early.
  const pairs = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 20) await Promise.all(Array.from({ length: 20 }, pair));
  };
  const rssAfterGc = (): number => {
    collect();
    return process.memoryUsage().rss;
  };
  await pairs(40);
  const before = rssAfterGc();
  await pairs(160);
  // 320 connections that stay would be some 60 MB.
  await vi.waitFor(() => expect((rssAfterGc() - before) / 1024 / 1024).toBeLessThan(20), {
    timeout: 30_000,
    interval: 200,
  });
});
