/** What the SFU's process is told by its environment: nothing of the server's but this. docs/rtc.md lists what it reads. */
import type { Config } from "../config.ts";

/** The pair that tokens are signed with. */
export type ApiKey = Readonly<{ key: string; secret: string }>;

export type SfuSettings = Readonly<{
  config: Pick<Config, "HOST" | "RTC_UDP_PORT" | "RTC_PUBLIC_IP" | "TURN_URLS" | "LOG_LEVEL">;
  api: ApiKey;
  /** Where it posts what happens in rooms. */
  webhookUrl: string;
}>;

/**
 * @param bindAddress an IP address
 * @param udpPort the one that it had before, when it is started again
 */
export function sfuEnv(
  { config, api, webhookUrl }: SfuSettings,
  bindAddress: string,
  udpPort: number | undefined,
): Record<string, string> {
  const { RTC_UDP_PORT, RTC_PUBLIC_IP, TURN_URLS, LOG_LEVEL } = config;
  return {
    ...libraries(process.env),
    LIVEKIT_API_KEY: api.key,
    LIVEKIT_API_SECRET: api.secret,
    SFU_HTTP_HOST: "127.0.0.1",
    SFU_HTTP_PORT: "0",
    SFU_WEBHOOK_URLS: webhookUrl,
    RTC_UDP_PORT: String(udpPort ?? sfuUdpPort(RTC_UDP_PORT)),
    RTC_BIND_ADDRESS: bindAddress,
    ...(RTC_PUBLIC_IP === undefined ? {} : { RTC_PUBLIC_IP }),
    ...(TURN_URLS === undefined ? {} : { TURN_URLS }),
    LOG_LEVEL,
  };
}

/** Two processes cannot share a port: the media plane has RTC_UDP_PORT, the SFU the one after it, or any free one. */
export function sfuUdpPort(rtcUdpPort: number): number {
  return rtcUdpPort === 0 ? 0 : rtcUdpPort + 1;
}

/** Where native libraries stand, and where temporary files go. */
function libraries(env: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && /^(LD_|DYLD_|SystemRoot$|TMPDIR$|TZ$)/.test(name)) found[name] = value;
  }
  return found;
}
