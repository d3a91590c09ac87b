import { once } from "node:events";
import { createSocket } from "node:dgram";
import { offerOf, TestPeer } from "@rostrum/rtc/pipe/testing/peer";
import { VP8 } from "@rostrum/rtc/sdp/codecs";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { expect, test } from "vitest";
import { createLogger } from "../../lib/log.ts";
import { answerPeer } from "./answer-peer.ts";
import { openRtcEndpoint, type RtcEndpoint, type RtcEndpointOptions } from "./endpoint.ts";

const DEFAULTS = { port: 0, publicIp: undefined, turnUrls: undefined, log: createLogger("silent", false) };

async function open(options: Pick<RtcEndpointOptions, "host"> & Partial<RtcEndpointOptions>): Promise<RtcEndpoint> {
  const opened = await openRtcEndpoint({ ...DEFAULTS, ...options });
  if (!opened.ok) throw new Error(opened.missing);
  return opened.endpoint;
}

test("a port that is taken is said in a sentence", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  const sentence = `WebRTC port ${port} is taken by another program: stop it or set RTC_UDP_PORT to another port.`;
  await expect(open({ host: "127.0.0.1", port })).rejects.toThrow(sentence);
  socket.close();
});

test("a host may be named", async () => {
  const endpoint = await open({ host: "localhost" });
  expect(endpoint.port).toBeGreaterThan(0);
  endpoint.close();
});

test("where all interfaces are bound, the address that was reached is a candidate more", async () => {
  const all = await open({ host: "0.0.0.0" });
  const line = (address: string) => `candidate:9 1 UDP 2113929216 ${address} ${all.port} typ host`;
  expect(all.hostCandidate("::ffff:192.0.2.7")).toBe(line("192.0.2.7"));
  expect(all.hostCandidate("127.0.0.1")).toBe(line("127.0.0.1"));
  expect([all.hostCandidate("2001:db8::1"), all.hostCandidate(undefined)]).toEqual([undefined, undefined]);
  all.close();
  const mapped = await open({ host: "0.0.0.0", publicIp: "203.0.113.5" });
  expect([mapped.hostCandidate("10.0.0.7"), mapped.hostCandidate("127.0.0.1")]).toEqual([
    undefined,
    `candidate:9 1 UDP 2113929216 127.0.0.1 ${mapped.port} typ host`,
  ]);
  mapped.close();
  const one = await open({ host: "127.0.0.1" });
  expect(one.hostCandidate("127.0.0.1")).toBeUndefined();
  one.close();
});

test("a peer on the same machine gets there by that candidate alone", async () => {
  const endpoint = await open({ host: "0.0.0.0" });
  const peer = new TestPeer("peer");
  const theirs = offerOf(peer.pipe.offer(), false);
  const want = { kind: "media", direction: "recvonly", codecs: [VP8], extensions: [] } as const;
  const request = { name: "us", offer: theirs, sections: [want], reachedAt: "127.0.0.1", handlers: { onPacket() {} } };
  const { pipe, sdp } = await answerPeer(endpoint, request);
  const candidates = /^a=candidate:.*$/gm;
  expect(sdp.match(candidates)?.join("\n")).toContain(` 127.0.0.1 ${endpoint.port} typ host`);
  const alone = sdp.replaceAll(candidates, (line) => (line.includes(" 127.0.0.1 ") ? line : "a=x"));
  peer.pipe.complete(parseSdp(alone));
  for (const line of await peer.pipe.gathered()) pipe.addCandidate(line);
  await peer.connected;
  peer.pipe.close();
  pipe.close();
  endpoint.close();
});

test("TURN servers are links, whatever their passwords hold", async () => {
  const endpoint = await open({ host: "127.0.0.1", turnUrls: "turn:a:b%22%5C%0Ac@turn.example.org, stun:s:1" });
  expect(endpoint.links).toEqual([
    '<turn:turn.example.org>; rel="ice-server"; username="a"; credential="b\\"\\\\c"; credential-type="password"',
    '<stun:s:1>; rel="ice-server"',
  ]);
  endpoint.close();
});
