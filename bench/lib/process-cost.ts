/** What a process and its children cost, from /proc (proc_pid_stat(5)). Linux only. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SEC = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

type Stat = Readonly<{ parent: number; cpuSec: number }>;

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in field 2 may hold spaces; field 3 follows its closing bracket.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // Fields 14 to 17: own user and system time, and that of children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), cpuSec: ticks / TICKS_PER_SEC };
  } catch {
    return undefined;
  }
}

/** `pid` and everything below it. */
function family(pid: number): number[] {
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  const parents = new Map(all.map((one) => [one, stat(one)?.parent]));
  const found = [pid];
  for (const one of found) found.push(...all.filter((child) => parents.get(child) === one));
  return found;
}

/** CPU seconds that the process and its children have used so far. */
export function cpuSec(pid: number): number {
  return family(pid).reduce((sum, one) => sum + (stat(one)?.cpuSec ?? 0), 0);
}

/** Resident memory of the process alone, in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Average cores used by the process and its children over `ms`. */
export async function coresOver(pid: number, ms: number): Promise<number> {
  const before = cpuSec(pid);
  const began = performance.now();
  await sleep(ms);
  return (cpuSec(pid) - before) / ((performance.now() - began) / 1000);
}
