/** Firefox with a fake camera, driven by WebDriver BiDi: as much of the protocol as one page needs. https://w3c.github.io/webdriver-bidi/ */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { WebSocket } from "ws";
import type { GuestPage } from "./guest-page.ts";

const BINARIES = [process.env["FIREFOX"] ?? "firefox", "firefox-esr"];
const STARTS_WITHIN_MS = 60_000;

const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // Nothing that reaches for the network.
  "media.gmp-manager.url": "",
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
};

/** The program to start; undefined when there is none. */
export function findFirefox(): string | undefined {
  return BINARIES.find((name) => spawnSync(name, ["--version"]).status === 0);
}

/** One page of a Firefox of its own; closing it ends the browser. */
export async function openFirefoxPage(program: string, url: string): Promise<GuestPage> {
  const profile = await mkdtemp(path.join(os.tmpdir(), "rostrum-firefox-"));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  await writeFile(path.join(profile, "user.js"), lines.join("\n"));
  const firefox = spawn(
    program,
    ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, MOZ_DISABLE_CONTENT_SANDBOX: "1" } },
  );
  const exited = once(firefox, "exit");
  const close = async (): Promise<void> => {
    firefox.kill("SIGKILL");
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const bidi = await Bidi.connect(await addressOf(firefox));
    await bidi.call("session.new", { capabilities: {} });
    const { contexts } = (await bidi.call("browsingContext.getTree", {})) as { contexts: Array<{ context: string }> };
    const context = contexts[0]?.context;
    await bidi.call("browsingContext.navigate", { context, url, wait: "complete" });
    return {
      evaluate: (run: (arg: never) => unknown, arg?: unknown) => bidi.evaluate(context, String(run), arg) as never,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where it listens, from what it prints. */
function addressOf(firefox: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`Firefox does not listen: ${said}`)), STARTS_WITHIN_MS);
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(`${address}/session`);
    };
    firefox.stdout?.on("data", read);
    firefox.stderr?.on("data", read);
    firefox.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`Firefox ended with ${code}: ${said}`));
    });
  });
}

type Reply = Readonly<{ id?: number; type: string; result?: unknown; error?: string; message?: string }>;
type Evaluated = Readonly<{ result?: { value?: string }; exceptionDetails?: { text?: string } }>;

class Bidi {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (text: Buffer) => {
      const reply = JSON.parse(text.toString()) as Reply;
      this.#waiting.get(reply.id ?? -1)?.(reply);
      this.#waiting.delete(reply.id ?? -1);
    });
    socket.on("close", () => {
      for (const answer of this.#waiting.values()) answer({ type: "error", message: "Firefox is gone" });
    });
  }

  static async connect(address: string): Promise<Bidi> {
    const socket = new WebSocket(address);
    await once(socket, "open");
    return new Bidi(socket);
  }

  /** @throws {Error} with what Firefox says */
  async call(method: string, params: unknown): Promise<unknown> {
    const id = (this.#lastId += 1);
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    if (reply.type === "error") throw new Error(`${method}: ${reply.error ?? ""} ${reply.message ?? ""}`);
    return reply.result;
  }

  /** Runs a function in the page; what goes in and out is JSON. @throws {Error} what it threw */
  async evaluate(context: string | undefined, source: string, arg: unknown): Promise<unknown> {
    const value = arg === undefined ? "" : JSON.stringify(arg);
    const expression = `(async () => JSON.stringify(await (${source})(${value})))()`;
    const params = { expression, target: { context }, awaitPromise: true };
    const { result, exceptionDetails } = (await this.call("script.evaluate", params)) as Evaluated;
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text ?? "an exception in Firefox");
    return result?.value === undefined ? undefined : JSON.parse(result.value);
  }
}
