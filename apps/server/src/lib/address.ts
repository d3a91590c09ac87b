/** Addresses as limits count them. */
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/** One who holds an IPv6 network has 2^64 addresses: they count as one. IPv4 in IPv6 (RFC 4291 §2.5.5.2) is IPv4. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const bare = address.split("%", 1)[0] ?? address;
  if (!isIPv6(bare)) return address;
  const [head = "", tail] = bare.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  const network = [...left, ...zeros, ...right].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** Who sent a request, without a port. @param trustProxy the peer is a proxy: the last entry of X-Forwarded-For is whom it asks for */
export function peerAddress(req: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy
    ? String(req.headers["x-forwarded-for"] ?? "")
        .split(",")
        .at(-1)
        ?.trim()
    : undefined;
  return (forwarded || (req.socket.remoteAddress ?? "unknown")).replace(/^::ffff:/, "");
}

/** By `addressKey`; undefined: this machine itself, which is its operator or a proxy that says nothing of whom it asks for. */
export function networkOf(req: IncomingMessage, trustProxy: boolean): string | undefined {
  const hasForwarded = trustProxy && req.headers["x-forwarded-for"] !== undefined;
  const network = addressKey(peerAddress(req, trustProxy));
  const isLocal = !hasForwarded && (network.startsWith("127.") || req.socket.remoteAddress === "::1");
  return isLocal ? undefined : network;
}
