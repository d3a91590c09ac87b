/** Figures of the delivery on the process's registry. */
import { Counter, Gauge } from "prom-client";
import type { Metrics } from "../../../lib/metrics.ts";

export type HlsMetrics = Readonly<{
  request: (kind: "multivariant" | "playlist" | "file") => void;
  bytes: (kind: "playlist" | "media", count: number) => void;
}>;

/** Registers the counters. `waiting` is asked when somebody reads the metrics. */
export function createHlsMetrics(registry: Metrics, waiting: () => number): HlsMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "rostrum_hls_requests_total",
    help: "Requests for playlists and media that were let in",
    labelNames: ["kind"],
    registers,
  });
  const bytes = new Counter({
    name: "rostrum_hls_bytes_total",
    help: "Bytes of playlists and media given to viewers",
    labelNames: ["kind"],
    registers,
  });
  const gauge: Gauge = new Gauge({
    name: "rostrum_hls_waiting_requests",
    help: "Requests that wait for media to come",
    registers,
    collect: () => gauge.set(waiting()),
  });
  const kinds = {
    multivariant: requests.labels("multivariant"),
    playlist: requests.labels("playlist"),
    file: requests.labels("file"),
  };
  const sizes = { playlist: bytes.labels("playlist"), media: bytes.labels("media") };
  return { request: (kind) => kinds[kind].inc(), bytes: (kind, count) => sizes[kind].inc(count) };
}
