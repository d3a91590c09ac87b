/** Figures of the gateway on the process's registry. */
import { Counter, Gauge } from "prom-client";
import type { Metrics } from "../lib/metrics.ts";

export type GatewayMetrics = Readonly<{
  sent: (bytes: number) => void;
  /** A client was sent away. @param code a close code */
  left: (code: number) => void;
}>;

/** Registers the figures. `clients` is asked when somebody reads the metrics. */
export function createGatewayMetrics(registry: Metrics, clients: () => number): GatewayMetrics {
  const registers = [registry];
  // Counted for every write: added up here, told when somebody reads the metrics.
  let frames = 0;
  let bytes = 0;
  const frameCount: Counter = new Counter({
    name: "rostrum_gateway_frames_total",
    help: "Frames with events written to clients",
    registers,
    collect() {
      frameCount.inc(frames);
      frames = 0;
    },
  });
  const byteCount: Counter = new Counter({
    name: "rostrum_gateway_bytes_total",
    help: "Bytes of events written to clients",
    registers,
    collect() {
      byteCount.inc(bytes);
      bytes = 0;
    },
  });
  const gauge: Gauge = new Gauge({
    name: "rostrum_gateway_clients",
    help: "Sockets that are open",
    registers,
    collect: () => gauge.set(clients()),
  });
  const closed = new Counter({
    name: "rostrum_gateway_closed_total",
    help: "Sockets that the gateway closed, by close code",
    labelNames: ["code"],
    registers,
  });
  return {
    left: (code) => closed.inc({ code: String(code) }),
    sent(count) {
      frames += 1;
      bytes += count;
    },
  };
}
