/** Figures of WHEP delivery on the process's registry. */
import { Counter, Gauge } from "prom-client";
import type { Metrics } from "../../../lib/metrics.ts";
import type { HandoverReason } from "./events.ts";

export type WhepMetrics = Readonly<{
  sent: (bytes: number) => void;
  resent: (packets: number) => void;
  skipped: (frames: number) => void;
  keyframeAsked: () => void;
  handedOver: (reason: HandoverReason) => void;
  yielded: () => void;
}>;

/** Registers the counters. `viewers` is asked when somebody reads the metrics. */
export function createWhepMetrics(registry: Metrics, viewers: () => number): WhepMetrics {
  const registers = [registry];
  // Counted for every packet: added up here, told when somebody reads the metrics.
  let sentBytes = 0;
  const bytes: Counter = new Counter({
    name: "rostrum_whep_bytes_total",
    help: "Bytes of RTP sent to WHEP viewers",
    registers,
    collect() {
      bytes.inc(sentBytes);
      sentBytes = 0;
    },
  });
  const resent = new Counter({
    name: "rostrum_whep_resent_packets_total",
    help: "Packets that WHEP viewers asked for again and were sent",
    registers,
  });
  const skipped = new Counter({
    name: "rostrum_whep_skipped_frames_total",
    help: "Frames that slow WHEP viewers were not sent",
    registers,
  });
  const asked = new Counter({
    name: "rostrum_whep_keyframe_requests_total",
    help: "Key frames that WHEP viewers asked for",
    registers,
  });
  const handovers = new Counter({
    name: "rostrum_whep_handovers_total",
    help: "WHEP viewers that were asked to go on with another delivery",
    labelNames: ["reason"],
    registers,
  });
  const yielded = new Counter({
    name: "rostrum_whep_yielded_viewers_total",
    help: "WHEP viewers that had not connected in time and gave way to others",
    registers,
  });
  const gauge: Gauge = new Gauge({
    name: "rostrum_whep_viewers",
    help: "Viewers that watch by WebRTC",
    registers,
    collect: () => gauge.set(viewers()),
  });
  return {
    sent: (count) => void (sentBytes += count),
    resent: (packets) => resent.inc(packets),
    skipped: (frames) => skipped.inc(frames),
    keyframeAsked: () => asked.inc(),
    handedOver: (reason) => handovers.inc({ reason }),
    yielded: () => yielded.inc(),
  };
}
