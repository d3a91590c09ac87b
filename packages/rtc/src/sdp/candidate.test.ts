import { expect, test } from "vitest";
import { ipFamily, isUsableCandidate, parseCandidate, serializeCandidate, toPublicCandidates } from "./candidate.ts";

const HOST = "candidate:842163049 1 udp 2122260223 192.168.1.5 54321 typ host generation 0 ufrag abcd network-id 1";

test("a candidate is read and written", () => {
  const candidate = parseCandidate(`a=${HOST}`);
  expect(candidate).toEqual({
    foundation: "842163049",
    component: 1,
    transport: "udp",
    priority: 2_122_260_223,
    address: "192.168.1.5",
    port: 54_321,
    type: "host",
    rest: "generation 0 ufrag abcd network-id 1",
  });
  expect(serializeCandidate(candidate!)).toBe(HOST.replace("udp", "UDP"));
  const short = "candidate:1 1 UDP 1 ::1 9 typ relay";
  expect(serializeCandidate(parseCandidate(short)!)).toBe(short);
});

test.each([
  "",
  "candidate:",
  "candidate:1 1 udp x 192.0.2.1 9 typ host",
  "candidate:1 1 udp 1 192.0.2.1 70000 typ host",
  `${HOST} ${"x".repeat(600)}`,
])("no candidate: %s", (text) => expect(parseCandidate(text)).toBeUndefined());

test.each([
  [HOST, true],
  [HOST.replace("192.168.1.5", "2001:db8::7"), true],
  [HOST.replace("udp", "tcp"), false],
  [HOST.replace(" 1 udp", " 2 udp"), false],
  [HOST.replace("54321", "0"), false],
  [HOST.replace("192.168.1.5", "3f5f5a70-1f0e-4a7b-9d8f-5a3f0e6f6f11.local"), false],
  [HOST.replace("192.168.1.5", "internal.example"), false],
  [HOST.replace("192.168.1.5", "192.168.1.256"), false],
])("%s is of use: %s", (text, expected) => expect(isUsableCandidate(parseCandidate(text)!)).toBe(expected));

test("a public address takes the place of host addresses of its family", () => {
  const [v4, v6] = [parseCandidate(HOST)!, parseCandidate(HOST.replace("192.168.1.5", "fd00::1"))!];
  const published = (candidate: typeof v4, ...addresses: string[]): readonly string[] =>
    toPublicCandidates(candidate, addresses).map(({ address, port, priority }) => `${address} ${port} ${priority}`);
  expect(published(v4, "203.0.113.9")).toEqual(["203.0.113.9 54321 2122260223"]);
  expect(published(v4, "2001:db8::9", "203.0.113.9", "192.168.1.5")).toEqual([
    "203.0.113.9 54321 2122260223",
    "192.168.1.5 54321 2122260222",
  ]);
  expect(published(v6, "203.0.113.9")).toEqual(["fd00::1 54321 2122260223"]);
  expect(published({ ...v4, type: "relay" }, "203.0.113.9")).toEqual(["192.168.1.5 54321 2122260223"]);
});

test.each([
  ["127.0.0.1", 4],
  ["::", 6],
  ["2001:db8::1", 6],
  ["::ffff:192.0.2.1", 6],
  ["1.2.3", undefined],
  ["1.2.3.999", undefined],
  ["example.com", undefined],
  ["abcd", undefined],
])("%s is of family %s", (address, family) => expect(ipFamily(address)).toBe(family));
