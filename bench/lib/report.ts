/** One JSON line per benchmark: the machine, the date, the figures. */
import { execFileSync } from "node:child_process";
import os from "node:os";

function version(command: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return text.split("\n")[0]?.trim() ?? null;
  } catch {
    return null;
  }
}

/** Prints the line. `figures` carry their units in their names. */
export function report(bench: string, figures: Readonly<Record<string, unknown>>): void {
  const machine = {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.cpus().length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    ffmpeg: version("ffmpeg", ["-version"])?.split(" ")[2] ?? null,
  };
  process.stdout.write(`${JSON.stringify({ bench, at: new Date().toISOString(), machine, ...figures })}\n`);
}

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** `--name value` of the command line as a number. */
export function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isFinite(value)) throw new Error(`--${name} must be a number`);
  return value;
}

/** `--name a,b` of the command line. */
export function words(name: string, fallback: readonly string[]): readonly string[] {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? "").split(",");
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

/** How much y grows with each x: the least-squares line through the points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
