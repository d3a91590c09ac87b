/** Socket addresses as C programs write them, for IPv4 and IPv6 on Linux and macOS. Pure. */
import { isIPv6 } from "node:net";

const IPV4 = 2;
const BYTES = { ipv4: 16, ipv6: 28 } as const;

/** `sockaddr_in` or `sockaddr_in6`. @param host an address, not a name */
export function writeSocketAddress(host: string, port: number, platform: NodeJS.Platform = process.platform): Buffer {
  const isV6 = isIPv6(host);
  const bytes = Buffer.alloc(isV6 ? BYTES.ipv6 : BYTES.ipv4);
  const family = isV6 ? ipv6Family(platform) : IPV4;
  // BSD has the length in front of a family of one byte.
  if (platform === "darwin") bytes.set([bytes.length, family]);
  else bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port, 2);
  if (isV6) for (const [i, group] of groupsOf(host).entries()) bytes.writeUInt16BE(group, 8 + 2 * i);
  else bytes.set(host.split(".").map(Number), 4);
  return bytes;
}

/** The address and port in a `sockaddr`. */
export function readSocketAddress(
  bytes: Buffer,
  platform: NodeJS.Platform = process.platform,
): { host: string; port: number } {
  const family = platform === "darwin" ? bytes.readUInt8(1) : bytes.readUInt16LE(0);
  const port = bytes.readUInt16BE(2);
  if (family === IPV4) return { host: bytes.subarray(4, 8).join("."), port };
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(8 + 2 * i));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return { host: bytes.subarray(20, 24).join("."), port };
  }
  return { host: groups.map((group) => group.toString(16)).join(":"), port };
}

const ipv6Family = (platform: NodeJS.Platform): number => (platform === "darwin" ? 30 : 10);

function groupsOf(host: string): number[] {
  const [head = "", tail] = host.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const left = parse(head);
  const right = parse(tail ?? "");
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
