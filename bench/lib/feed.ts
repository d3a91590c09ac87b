/** Ready-made FLV files pushed in real time without encoding, so that the sender costs little. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import path from "node:path";

/** 30 s of 720p30 H.264 with AAC at about `videoKbps`; returns the file. */
export function makeFlv(dir: string, videoKbps: number): string {
  const file = path.join(dir, `${videoKbps}.flv`);
  const rate = `${videoKbps}k`;
  // Noise, so that the encoder needs the whole rate; testsrc2 alone would not.
  // prettier-ignore
  execFileSync("ffmpeg", [
    "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30,noise=alls=20:allf=t", "-f", "lavfi", "-i", "sine=440:r=48000",
    "-t", "30", "-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf", "0",
    "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate, "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-ac", "2",
    "-f", "flv", file,
  ]);
  return file;
}

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a child that dies with us; its output is thrown away. */
export function startChild(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "ignore"], env });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Pushes the file to `url` again and again until it is stopped. */
export function pushFlv(file: string, url: string): ChildProcess {
  return startChild("ffmpeg", [
    ..."-v error -nostdin -re -stream_loop -1 -i".split(" "),
    file,
    ..."-c copy -f flv".split(" "),
    url,
  ]);
}

/** Ends a child and waits for it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
