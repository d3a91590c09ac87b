/** Figures of realtime delivery on the process's registry. */
import { Counter, Gauge } from "prom-client";
import type { Metrics } from "../../../lib/metrics.ts";
import type { HandoverReason } from "./wire.ts";

export type RealtimeMetrics = Readonly<{
  sent: (bytes: number) => void;
  skipped: (samples: number) => void;
  handedOver: (reason: HandoverReason) => void;
}>;

/** Registers the counters. `viewers` is asked when somebody reads the metrics. */
export function createRealtimeMetrics(registry: Metrics, viewers: () => number): RealtimeMetrics {
  const registers = [registry];
  // Counted for every write to every viewer: added up here, told when somebody reads the metrics.
  let sentBytes = 0;
  const bytes: Counter = new Counter({
    name: "rostrum_realtime_bytes_total",
    help: "Bytes written to realtime viewers",
    registers,
    collect() {
      bytes.inc(sentBytes);
      sentBytes = 0;
    },
  });
  const skipped = new Counter({
    name: "rostrum_realtime_skipped_samples_total",
    help: "Samples that slow realtime viewers were not sent",
    registers,
  });
  const handovers = new Counter({
    name: "rostrum_realtime_handovers_total",
    help: "Realtime viewers that were asked to go on with LL-HLS",
    labelNames: ["reason"],
    registers,
  });
  const gauge: Gauge = new Gauge({
    name: "rostrum_realtime_viewers",
    help: "Viewers that watch frame by frame",
    registers,
    collect: () => gauge.set(viewers()),
  });
  return {
    sent: (count) => void (sentBytes += count),
    skipped: (samples) => skipped.inc(samples),
    handedOver: (reason) => handovers.inc({ reason }),
  };
}
