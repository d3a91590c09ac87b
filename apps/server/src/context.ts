/** What every role gets at start. */
import type { Config } from "./config.ts";
import type { LiveKit } from "./livekit/livekit.ts";
import type { Logger } from "./lib/log.ts";
import type { Metrics } from "./lib/metrics.ts";
import type { Outbound } from "./lib/outbound.ts";
import type { Blobs } from "./ports/blobs.ts";
import type { Bus } from "./ports/bus.ts";
import type { Jobs } from "./ports/jobs.ts";
import type { Mail } from "./ports/mail.ts";
import type { Push } from "./ports/push.ts";
import type { Secrets } from "./lib/secrets.ts";
import type { Store } from "./store/open.ts";

export type Context = Readonly<{
  config: Config;
  log: Logger;
  metrics: Metrics;
  store: Store;
  bus: Bus;
  blobs: Blobs;
  jobs: Jobs;
  secrets: Secrets;
  /** Rooms of guests; null where this process can have none. */
  livekit: LiveKit | null;
  mail: Mail;
  push: Push;
  /** For every request to an address that a person gave. */
  outbound: Outbound;
  /** Names this process in leases and logs; new at every start. */
  nodeId: string;
  /** The address people use, without a trailing slash. Known once the HTTP port is bound. */
  publicUrl(): string;
}>;
