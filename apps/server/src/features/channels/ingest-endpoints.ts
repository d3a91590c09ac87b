/** The addresses that people type into their encoder. Pure. */
import type { IngestEndpoints } from "@rostrum/contract/channels";

/** Bound ports of the protocols that are served. */
export type IngestPorts = Readonly<{
  rtmp: number;
  rtmps?: number | undefined;
  srt?: number | undefined;
  rtc?: number | undefined;
}>;

/**
 * URLs without the key.
 * @param base the address that people reach this server by: PUBLIC_URL, else that of the request
 * @param srtMissing why SRT is not served; null when it is, or when nobody here knows
 */
export function ingestEndpoints(base: string, ports: IngestPorts, srtMissing: string | null): IngestEndpoints {
  const { hostname, host, protocol } = new URL(URL.canParse(base) ? base : "http://localhost");
  return {
    rtmp: `rtmp://${hostname}:${ports.rtmp}/live`,
    rtmps: ports.rtmps === undefined ? null : `rtmps://${hostname}:${ports.rtmps}/live`,
    srt: ports.srt === undefined ? null : `srt://${hostname}:${ports.srt}`,
    websocket: `${protocol === "https:" ? "wss" : "ws"}://${host}/ingest`,
    whip: ports.rtc === undefined ? null : `${protocol === "https:" ? "https" : "http"}://${host}/whip`,
    srtMissing: ports.srt === undefined ? (srtMissing ?? "SRT is not served by this server.") : null,
  };
}
