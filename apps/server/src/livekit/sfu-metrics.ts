/** The SFU's metrics as part of the server's. */
import type { Logger } from "../lib/log.ts";

const WITHIN_MS = 1_000;

/** Prometheus text with every name under `sfu_`; empty when it does not answer in time. Never rejects. */
export async function readSfuMetrics(port: number, log: Logger): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(WITHIN_MS) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return prefixed(await answer.text());
  } catch (err) {
    log.warn({ err }, "the SFU's metrics could not be read");
    return "";
  }
}

/** Both processes have `process_…` and `nodejs_…`: those of the SFU become `sfu_process_…` and `sfu_nodejs_…`. */
export function prefixed(text: string): string {
  return text.replaceAll(/^(# (?:HELP|TYPE) )?(?!sfu_)([A-Za-z_:])/gm, "$1sfu_$2");
}
