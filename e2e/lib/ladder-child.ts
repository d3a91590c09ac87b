/** The process of a server that transcodes, to be killed. */
import { readFile, readdir } from "node:fs/promises";

/** The FFmpeg of the server that makes the rungs. */
export async function ladderChild(serverPid: number): Promise<number | undefined> {
  for (const name of (await readdir("/proc")).filter((one) => /^\d+$/.test(one))) {
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    if (command.includes("filter_complex") && Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === serverPid)
      return Number(name);
  }
  return undefined;
}
