/**
 * The SFU process' only door. Settings come from the environment; what it has to say goes to its parent by IPC when there is one,
 * and always to stdout as JSON lines. It ends on SIGTERM, on SIGINT when it stands alone, and when its parent is gone.
 */
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { type Sfu, startSfu } from "./sfu.ts";

/** What the parent is told. */
export type FromSfu = Readonly<{ type: "ready"; ports: Sfu["ports"] }> | Readonly<{ type: "failed"; message: string }>;

/** What the parent may say. */
export type ToSfu = Readonly<{ type: "stop" }>;

/** Longer than anything in an orderly end takes. */
const STOP_MS = 5_000;

async function run(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel, (line) => process.stdout.write(`${line}\n`));
  const sfu = await startSfu(config, log);
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log.info("stopping", { why });
    // Native threads of open connections could keep the process otherwise.
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void sfu.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  // A Ctrl-C reaches parent and child: the parent ends its child itself.
  process.on("SIGINT", () => {
    if (process.send === undefined) stop("SIGINT");
  });
  process.on("disconnect", () => stop("the parent is gone"));
  process.on("message", (message: ToSfu) => {
    if (message.type === "stop") stop("the parent asked for it");
  });
  tell({ type: "ready", ports: sfu.ports });
  log.info("ready", { httpPort: sfu.ports.http, udpPort: sfu.ports.udp });
}

function tell(message: FromSfu): void {
  process.send?.(message);
}

run().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  tell({ type: "failed", message });
  process.stderr.write(`the SFU did not start: ${message}\n`);
  process.exitCode = 1;
  process.disconnect?.();
});
