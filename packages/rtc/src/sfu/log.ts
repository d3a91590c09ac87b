/** The SFU's log: one JSON line for each event on stdout, as the server's are. No keys, tokens or data in any line. */
import { LOG_LEVELS, type LogLevel } from "./config.ts";

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = Readonly<{
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all have these fields. */
  with(fields: LogFields): Log;
}>;

/** @param write gets whole lines without the line's end */
export function createLog(level: LogLevel, write: (line: string) => void, bound: LogFields = {}): Log {
  const least = LOG_LEVELS.indexOf(level);
  const at = (own: LogLevel) => {
    const isWritten = LOG_LEVELS.indexOf(own) >= least && level !== "silent";
    return (msg: string, fields: LogFields = {}): void => {
      if (isWritten) write(JSON.stringify({ level: own, time: new Date().toISOString(), ...bound, ...fields, msg }));
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => createLog(level, write, { ...bound, ...fields }),
  };
}

/** Writes nothing. */
export const SILENT: Log = createLog("silent", () => {});
