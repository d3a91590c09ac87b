/** The addresses that people type into their encoder. Pure. */
import type { IngestEndpoints } from "@rostrum/contract/channels";

/** Bound ports of the protocols that are served. */
export type IngestPorts = Readonly<{ rtmp: number; rtmps?: number | undefined }>;

/**
 * URLs without the key.
 * @param host the name that people reach this server by, with or without a port: of PUBLIC_URL, else of the request
 */
export function ingestEndpoints(host: string, ports: IngestPorts): IngestEndpoints {
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : "localhost";
  return {
    rtmp: `rtmp://${name}:${ports.rtmp}/live`,
    rtmps: ports.rtmps === undefined ? null : `rtmps://${name}:${ports.rtmps}/live`,
    srt: null,
    websocket: `${URL.canParse(`http://${host}`) ? `ws://${new URL(`http://${host}`).host}` : "ws://localhost"}/ingest`,
    srtMissing: "SRT is not served by this server.",
  };
}
