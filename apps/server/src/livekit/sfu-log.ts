/** The SFU's log lines as lines of the server's log. */
import { z } from "zod";
import type { Logger } from "../lib/log.ts";

const MAX_CHARS = 1_000;
const Line = z.looseObject({
  level: z.enum(["debug", "info", "warn", "error"]),
  msg: z.string(),
  time: z.string().optional(),
});

/**
 * Writes one line of the SFU's at its own level, marked as the SFU's: programs wait for a line `ready` of the server. What is no JSON is
 * a warning: somebody printed it.
 */
export function logSfuLine(log: Logger, text: string): void {
  const line = Line.safeParse(parse(text));
  if (!line.success) return log.warn({ text: text.slice(0, MAX_CHARS) }, "SFU: it printed something");
  const { level, msg, time: _, ...fields } = line.data;
  log[level](fields, `SFU: ${msg}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: a warning above
  }
}
