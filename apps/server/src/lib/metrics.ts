/** One Prometheus registry per process. Steps register their own counters on it. */
import { Registry, collectDefaultMetrics } from "prom-client";

export type Metrics = Registry;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
