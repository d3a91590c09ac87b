/** Prometheus metrics of the SFU: read from its counters when they are asked for, so that no packet pays for them. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { MediaCounters } from "./media/types.ts";
import type { DataCounters } from "./room/data.ts";
import type { Rooms } from "./room/rooms.ts";
import type { WebhookCounters } from "./webhooks.ts";

export type MetricSources = Readonly<{
  rooms: Rooms;
  media: MediaCounters;
  data: DataCounters;
  webhooks: WebhookCounters;
}>;

const MEDIA_HELP: Readonly<Record<keyof MediaCounters, string>> = {
  packetsIn: "RTP and RTCP packets from participants",
  bytesIn: "Bytes of RTP and RTCP from participants",
  packetsOut: "RTP and RTCP packets to participants",
  bytesOut: "Bytes of RTP and RTCP to participants",
  packetsUnknown: "Packets of a source or payload type that nobody announced",
  packetsMalformed: "Packets that are neither RTP nor RTCP",
  packetsRefused: "Packets that the transport did not take",
  packetsRetransmitted: "Packets sent again after a NACK",
  packetsRecovered: "Lost packets that a publisher sent again",
  nacksIn: "Packets that subscribers asked for again",
  nacksOut: "Packets that were asked for again of publishers",
  keyframeRequestsIn: "Key frames that subscribers asked for",
  keyframeRequestsOut: "Key frames that were asked for of publishers",
  layerSwitches: "Changes of a subscriber from one layer to another",
  paddingBytesOut: "Bytes sent to probe for bandwidth",
};

/** A registry of its own for each SFU. */
export function createMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { rooms, media, data, webhooks } = sources;
  gauge(registry, "sfu_rooms", "Rooms that are open", () => [...rooms.list()].length);
  gauge(registry, "sfu_participants", "Participants in all rooms", () => rooms.participantCount);
  gauge(registry, "sfu_tracks_published", "Tracks that are published", () => count(rooms, "live"));
  gauge(registry, "sfu_tracks_subscribed", "Tracks that are sent to participants", () => count(rooms, "active"));
  for (const [name, help] of entries(MEDIA_HELP))
    total(registry, `sfu_media_${snake(name)}_total`, help, () => media[name]);
  total(registry, "sfu_data_packets_in_total", "Data packets from participants", () => data.packetsIn);
  total(registry, "sfu_data_packets_out_total", "Data packets to participants", () => data.packetsOut);
  total(
    registry,
    "sfu_data_packets_dropped_total",
    "Data packets that were refused or did not fit",
    () => data.dropped,
  );
  total(registry, "sfu_webhooks_delivered_total", "Webhooks that were taken", () => webhooks.delivered);
  total(registry, "sfu_webhooks_failed_total", "Webhooks that were given up", () => webhooks.failed);
  total(registry, "sfu_webhooks_dropped_total", "Webhooks that did not fit into the queue", () => webhooks.dropped);
  return registry;
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  registry.registerMetric(
    new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    }),
  );
}

/** The counter is ours: it is set anew to what it has grown to. */
function total(registry: Registry, name: string, help: string, read: () => number): void {
  registry.registerMetric(
    new Counter({
      name,
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(read());
      },
    }),
  );
}

function count(rooms: Rooms, what: "live" | "active"): number {
  let sum = 0;
  for (const room of rooms.list()) {
    for (const { publications, subscriptions } of room.members) {
      sum += [...(what === "live" ? publications.live : subscriptions.active)].length;
    }
  }
  return sum;
}

function entries<K extends string>(record: Readonly<Record<K, string>>): [K, string][] {
  return Object.entries(record) as [K, string][];
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
