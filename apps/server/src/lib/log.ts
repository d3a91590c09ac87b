/** The logger: JSON lines on stdout, pretty only on a terminal. No keys, tokens or chat text in any line. */
import { type DestinationStream, pino, type Logger as PinoLogger } from "pino";

export type Logger = PinoLogger;

/** `pretty` is for terminals only; machines read JSON lines. */
export function createLogger(level: string, pretty: boolean, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: [
      "key",
      "token",
      "password",
      "*.key",
      "*.token",
      "*.password",
      "*.secretAccessKey",
      "req.headers.authorization",
      "req.headers.cookie",
    ],
  };
  if (destination !== undefined) return pino(options, destination);
  if (!pretty) return pino(options, pino.destination({ fd: 1, sync: true }));
  const transport = pino.transport({
    target: "pino-pretty",
    options: { ignore: "pid,hostname", translateTime: "HH:MM:ss" },
  });
  return pino(options, transport);
}
