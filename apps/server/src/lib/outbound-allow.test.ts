import { expect, test } from "vitest";
import {
  isAllowedAddress,
  isAllowedPort,
  isPublicAddress,
  type OutboundAllow,
  parseOutboundAllow,
} from "./outbound-allow.ts";

function allow(text: string): OutboundAllow {
  const parsed = parseOutboundAllow(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

test.each([
  "8.8.8.8",
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:80b::200e",
])("%s is on the public internet", (address) => {
  expect([isPublicAddress(address), isAllowedAddress(address, allow(""))]).toEqual([true, true]);
});

test.each([
  ["0.0.0.0", "this host"],
  ["0.1.2.3", "this network"],
  ["10.0.0.1", "private"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["169.254.169.254", "the metadata of a cloud"],
  ["168.63.129.16", "Azure's services for the machine"],
  ["100.100.100.200", "the metadata of a cloud"],
  ["192.0.0.192", "the metadata of a cloud"],
  ["fd00:ec2::254", "the metadata of a cloud"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "carrier-grade NAT"],
  ["100.127.255.255", "carrier-grade NAT"],
  ["192.0.0.8", "IETF"],
  ["192.0.2.1", "documentation"],
  ["192.88.99.1", "6to4 relay"],
  ["198.18.0.1", "benchmarks"],
  ["198.51.100.1", "documentation"],
  ["203.0.113.1", "documentation"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.250", "multicast"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "IPv4-mapped"],
  ["::ffff:8.8.8.8", "IPv4-mapped"],
  ["::ffff:7f00:1", "IPv4-mapped"],
  ["::127.0.0.1", "IPv4-compatible"],
  ["64:ff9b::7f00:1", "NAT64"],
  ["64:ff9b::808:808", "NAT64"],
  ["64:ff9b:1::1", "local NAT64"],
  ["2002:7f00:1::", "6to4"],
  ["2002:808:808::1", "6to4"],
  ["2001::1", "Teredo"],
  ["2001:db8::1", "documentation"],
  ["3fff::1", "documentation"],
  ["100::1", "discard"],
  ["fc00::1", "unique local"],
  ["fd12:3456::1", "unique local"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local with a zone"],
  ["2606:4700::1%1", "a zone"],
  ["fec0::1", "site-local"],
  ["ff02::1", "multicast"],
  ["5f00::1", "segment routing"],
  ["4000::1", "not handed out"],
  ["localhost", "a name"],
  ["", "nothing"],
  ["1.2.3", "no address"],
])("%s is not: %s", (address) => {
  expect([isPublicAddress(address), isAllowedAddress(address, allow(""))]).toEqual([false, false]);
});

test("the operator's networks and ports are allowed, and nothing beside them", () => {
  const own = allow("10.1.0.0/16, 192.168.7.7, fd00:1::/32, 64:ff9b::/96, port:9000-9001, port:25");
  const addresses = ["10.1.2.3", "::ffff:10.1.2.3", "192.168.7.7", "fd00:1::5", "64:ff9b::808:808", "8.8.8.8"];
  expect(addresses.map((address) => isAllowedAddress(address, own))).toEqual(addresses.map(() => true));
  const others = ["10.2.0.1", "192.168.7.8", "fd00:2::5", "127.0.0.1", "::1", "fd00:1::5%lo"];
  expect(others.map((address) => isAllowedAddress(address, own))).toEqual(others.map(() => false));
  expect([9000, 9001, 25, 443, 80].map((port) => isAllowedPort(port, own))).toEqual([true, true, true, true, true]);
  expect([9002, 22, 6379, 5432].map((port) => isAllowedPort(port, own))).toEqual([false, false, false, false]);
  expect([25, 9000, 8080].map((port) => isAllowedPort(port, allow("")))).toEqual([false, false, true]);
});

test.each([
  "10.0.0.0/33",
  "10.0.0/8",
  "::/129",
  "example.org",
  "port:0",
  "port:70000",
  "port:9-8",
  "10.0.0.1/8/8",
  "fe80::1%lo",
])("%s is no setting", (text) => {
  expect(parseOutboundAllow(`127.0.0.1, ${text}`)).toContain(JSON.stringify(text));
});
