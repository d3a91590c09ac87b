/** The WebRTC side of a media node: one UDP port that WHIP and WHEP share, and the connections on it. */
import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import type { Pipe } from "@rostrum/rtc/pipe";
import type { PipeHandlers } from "@rostrum/rtc/pipe/options";
import { parseIceServers, type IceServer } from "../../lib/ice-servers.ts";
import type { Logger } from "../../lib/log.ts";
import { listenError } from "../../lib/start-error.ts";

export type RtcEndpointOptions = Readonly<{
  /** HOST: an address or a name of one to bind, or `0.0.0.0` or `::` for all interfaces. */
  host: string;
  /** RTC_UDP_PORT; 0 takes any free one. */
  port: number;
  /** RTC_PUBLIC_IP */
  publicIp: string | undefined;
  /** TURN_URLS, checked by the configuration. */
  turnUrls: string | undefined;
  log: Logger;
}>;

/** The port is open until `close`, which comes after the last pipe's. */
export interface RtcEndpoint {
  readonly port: number;
  /** Values of `Link` header fields: the STUN and TURN servers that peers may use. RFC 9725 §4.6. */
  readonly links: readonly string[];
  /**
   * The candidate that a peer may try which reached this machine at `address` by HTTP, without `a=`; undefined when there is nothing to add
   * to what the library finds. It leaves the loopback interface out: without this one a browser on the same machine, offline, has no way.
   */
  hostCandidate(address: string | undefined): string | undefined;
  /**
   * A connection to one peer, to be closed by the caller. @param name for the library's log
   * @throws {Error} the library refuses it
   */
  openPipe(name: string, handlers: PipeHandlers): Pipe;
  close(): void;
}

/** `missing`: why there is no WebRTC on this machine, and what would help. */
export type RtcOpened =
  | { readonly ok: true; readonly endpoint: RtcEndpoint }
  | { readonly ok: false; readonly missing: string };

const CONNECT_TIMEOUT_MS = 15_000;
/** RFC 8445 §5.1.2.1: a host candidate that is preferred less than the ones found. */
const HOST_PRIORITY = 2_113_929_216;
const NOT_HERE =
  "The WebRTC library cannot be loaded on this machine: node-datachannel is installed for Linux (glibc), macOS and Windows on x64 and arm64.";

/**
 * Loads the library, which is native code, and takes the port.
 * @throws {StartError} the port cannot be opened
 */
export async function openRtcEndpoint(options: RtcEndpointOptions): Promise<RtcOpened> {
  const library = await loadLibrary(options.log);
  if (library === undefined) return { ok: false, missing: NOT_HERE };
  const { host, port, publicIp } = options;
  const bound = await boundTo(host);
  const mux = await library.openUdpMux(port, bound.bindAddress).catch((cause: unknown) => {
    throw listenError(taken(cause, port), "WebRTC", port, "RTC_UDP_PORT");
  });
  const publicAddresses = publicIp === undefined ? [] : [publicIp];
  return {
    ok: true,
    endpoint: {
      port: mux.port,
      links: iceServerLinks(options.turnUrls),
      // One address that was bound is found by itself.
      hostCandidate: (address) =>
        bound.bindAddress === undefined ? candidateLine(address ?? "", mux.port, publicIp !== undefined) : undefined,
      openPipe: (name, handlers) =>
        new library.Pipe(
          { name, ...bound, udpPort: mux.port, publicAddresses, connectTimeoutMs: CONNECT_TIMEOUT_MS },
          handlers,
        ),
      close: () => mux.close(),
    },
  };
}

/** Left out, the library binds all interfaces, and names all but the loopback one. It knows no host names. */
async function boundTo(host: string): Promise<Readonly<{ bindAddress?: string }>> {
  if (host === "0.0.0.0" || host === "::") return {};
  return { bindAddress: isIP(host) === 0 ? (await lookup(host)).address : host };
}

type Library = Pick<typeof import("@rostrum/rtc/pipe") & typeof import("@rostrum/rtc/pipe/mux"), "Pipe" | "openUdpMux">;

async function loadLibrary(log: Logger): Promise<Library | undefined> {
  try {
    const [{ Pipe }, { openUdpMux }] = await Promise.all([
      import("@rostrum/rtc/pipe"),
      import("@rostrum/rtc/pipe/mux"),
    ]);
    return { Pipe, openUdpMux };
  } catch (err) {
    log.warn({ err }, "WebRTC is not available on this machine");
    return undefined;
  }
}

/** The library throws sentences. Of a port that was named, all but "in use" would be told about the others by RTMP or HTTP before. */
function taken(cause: unknown, port: number): unknown {
  if (port === 0 || (cause instanceof Error && "code" in cause)) return cause;
  return Object.assign(new Error("the UDP port is in use", { cause }), { code: port < 1024 ? "EACCES" : "EADDRINUSE" });
}

/**
 * RFC 8839 §5.1; undefined for IPv6, which the library finds without exception.
 * @param address may be IPv4 in IPv6 @param isMapped others know this machine by another address: its own ones stay its own business
 */
function candidateLine(address: string, port: number, isMapped: boolean): string | undefined {
  const bare = address.replace(/^::ffff:/, "");
  if (!isIPv4(bare) || (isMapped && !bare.startsWith("127."))) return undefined;
  return `candidate:9 1 UDP ${HOST_PRIORITY} ${bare} ${port} typ host`;
}

/** STUN and TURN servers as `Link` header fields name them. RFC 9725 §4.6, RFC 8288. */
export function iceServerLinks(turnUrls: string | undefined): readonly string[] {
  const servers = parseIceServers(turnUrls ?? "");
  return typeof servers === "string" ? [] : servers.map(linkOf);
}

function linkOf({ url, username, password }: IceServer): string {
  const link = `<${url}>; rel="ice-server"`;
  if (username === undefined || password === undefined) return link;
  return `${link}; username=${quoted(username)}; credential=${quoted(password)}; credential-type="password"`;
}

/** RFC 9110 §5.6.4. What a header field cannot hold would be refused by the HTTP library: it is left out. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "").replaceAll(/["\\]/g, "\\$&")}"`;
}
