/** Which addresses and ports outbound requests may go to. What is not certainly public is not, unless the operator allows it. */
import { BlockList, isIP } from "node:net";

/** OUTBOUND_ALLOW, read. */
export type OutboundAllow = Readonly<{ networks: BlockList; ports: readonly PortRange[] }>;
/** Both ends are in it. */
type PortRange = Readonly<{ from: number; to: number }>;

/** Without the operator's word. */
const PORTS: readonly PortRange[] = [80, 443, 8080, 8443].map((port) => ({ from: port, to: port }));

/** IPv4 that is not on the public internet: IANA's special-purpose registry (RFC 6890), multicast, reserved. */
const NOT_PUBLIC_V4 = networks([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure's own services for the machine, at a public address
  "169.254.0.0/16", // link-local, with the metadata services of clouds
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
]);

/** The only IPv6 that is handed out to the internet: all that carries an IPv4 address, but 6to4 and Teredo, is outside of it. */
const GLOBAL_V6 = networks(["2000::/3"]);
const NOT_PUBLIC_V6 = networks([
  "2001::/23", // Teredo, benchmarking, ORCHID
  "2001:db8::/32",
  "2002::/16", // 6to4
  "3fff::/20",
]);

/** True for an address on the public internet. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC_V4.check(address, "ipv4");
  // One with a zone is link-local.
  if (family !== 6 || address.includes("%")) return false;
  return GLOBAL_V6.check(address, "ipv6") && !NOT_PUBLIC_V6.check(address, "ipv6");
}

/** What the operator named may be reached wherever it is. IPv4 in IPv6 counts as IPv4 for that. */
export function isAllowedAddress(address: string, allow: OutboundAllow): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (isPublicAddress(address)) return true;
  return !address.includes("%") && allow.networks.check(address, family === 4 ? "ipv4" : "ipv6");
}

export function isAllowedPort(port: number, allow: OutboundAllow): boolean {
  return [...PORTS, ...allow.ports].some(({ from, to }) => port >= from && port <= to);
}

/** The value of OUTBOUND_ALLOW, or the sentence that says what is wrong with it. */
export function parseOutboundAllow(text: string): OutboundAllow | string {
  const list = new BlockList();
  const ports: PortRange[] = [];
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const range = portsOf(entry);
    if (range !== null) ports.push(range);
    else if (!addNetwork(list, entry)) {
      return `does not understand ${JSON.stringify(entry)}: it may be an address, a network such as 10.0.0.0/8, or port:9000 or port:9000-9100`;
    }
  }
  return { networks: list, ports };
}

function portsOf(entry: string): PortRange | null {
  const [, first, last = first] = /^port:(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && to <= 65_535 && from <= to ? { from, to } : null;
}

function addNetwork(list: BlockList, entry: string): boolean {
  const [address = "", prefix, ...more] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0 || address.includes("%")) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (prefix === undefined) list.addAddress(address, type);
  else if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return false;
  else list.addSubnet(address, Number(prefix), type);
  return true;
}

function networks(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) addNetwork(list, entry);
  return list;
}
