/** Opens the bus that the configuration names. */
import type { Logger } from "../lib/log.ts";
import { StartError } from "../lib/start-error.ts";
import type { Bus } from "../ports/bus.ts";
import { createMemoryBus } from "./bus-memory.ts";

/** Redis and we may be started together. */
const START_WITHIN_MS = 15_000;

/**
 * Without REDIS_URL the one inside this process. The caller closes it.
 * @throws {StartError} Redis cannot be used, as a sentence
 */
export async function openBus(redisUrl: string | undefined, log: Logger, withinMs = START_WITHIN_MS): Promise<Bus> {
  if (redisUrl === undefined) {
    log.info({ bus: "memory" }, "events stay in this process");
    return createMemoryBus();
  }
  const { RedisBus } = await import("./bus-redis.ts");
  const bus = new RedisBus(redisUrl, log);
  try {
    const session = await bus.opened(withinMs);
    await warnOfEviction(() => session.commands.info("memory"), log);
    log.info({ bus: "redis", at: new URL(redisUrl).host }, "events travel through Redis");
    return bus;
  } catch (cause) {
    await bus.close();
    throw new StartError(`Cannot use Redis at ${new URL(redisUrl).host} (REDIS_URL): ${bus.reason}.`, { cause });
  }
}

/** A Redis that throws keys away when it is full throws numbers away. */
async function warnOfEviction(info: () => Promise<string>, log: Logger): Promise<void> {
  const policy = /maxmemory_policy:(\S+)/.exec(await info())?.[1] ?? "noeviction";
  if (policy === "noeviction") return;
  log.warn({ policy }, "Redis may remove events when its memory is full: set maxmemory-policy to noeviction");
}
