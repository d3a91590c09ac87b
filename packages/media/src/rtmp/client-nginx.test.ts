import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { decodeAmf0, isAmfObject } from "../amf0.ts";
import { FlvReader, type FlvTag } from "../flv/file.ts";
import { type ClientEvent, RtmpClientSession } from "./client-session.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
const source = new FlvReader().push(readFileSync(new URL("../../fixtures/both.flv", import.meta.url)));

/** Frames only: nginx-rtmp writes configurations again when it opens its file. */
const framesOf = (tags: readonly FlvTag[]) =>
  tags.filter((tag) => tag.typeId !== 18 && tag.payload[1] !== 0).map((tag) => [tag.typeId, tag.payload]);

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** nginx-rtmp as one process that records what is published. */
async function startNginx(folder: string, port: number): Promise<ChildProcess> {
  const config = `load_module ${MODULE}; daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/log;
    events {} rtmp { server { listen 127.0.0.1:${port}; application live { live on; record all; record_path ${folder}; } } }`;
  await writeFile(path.join(folder, "nginx.conf"), config);
  return spawn("nginx", ["-e", `${folder}/log`, "-c", `${folder}/nginx.conf`], { stdio: "ignore" });
}

/** Connects as soon as the port is open. */
async function connected(port: number): Promise<net.Socket> {
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    if (open) return socket;
  }
}

/** Publishes the fixture and ends. Resolves when the server has closed. */
async function publish(port: number, app: string): Promise<ClientEvent[]> {
  const session = new RtmpClientSession({ app, tcUrl: `rtmp://127.0.0.1:${port}/${app}`, streamName: "show" });
  const heard: ClientEvent[] = [];
  const socket = await connected(port);
  const send = (): void => void socket.write(session.takeOutput());
  socket
    .on("error", () => {})
    .on("data", (bytes) => {
      const events = session.push(bytes);
      heard.push(...events);
      if (events.some((event) => event.type === "publishing")) sendFixture(session);
      send();
      if (session.phase === "closed") socket.end();
    });
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  session.start();
  send();
  await gone;
  return heard;
}

function sendFixture(session: RtmpClientSession): void {
  for (const { typeId, timestampMs, payload } of source) {
    if (typeId === 9) session.sendVideo(timestampMs, payload);
    else if (typeId === 8) session.sendAudio(timestampMs, payload);
    else {
      const [, values] = decodeAmf0(payload);
      if (values !== undefined && isAmfObject(values)) session.sendMetadata(values);
    }
  }
  session.unpublish();
}

if (!existsSync(MODULE) && process.env["REQUIRE_ALL"] === "1") throw new Error(`${MODULE} is needed`);

test.skipIf(!existsSync(MODULE))("nginx-rtmp records every audio and video frame that we publish", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "nginx-rtmp-"));
  const port = await freePort();
  const nginx = await startNginx(folder, port);
  const ended = once(nginx, "close");
  try {
    expect(await publish(port, "live")).toEqual([{ type: "publishing" }]);
    expect(await publish(port, "unknown")).not.toContainEqual({ type: "publishing" });
  } finally {
    nginx.kill("SIGTERM");
    await ended;
  }
  const [file] = (await readdir(folder)).filter((name) => name.endsWith(".flv"));
  const recorded = new FlvReader().push(readFileSync(path.join(folder, file!)));
  await rm(folder, { recursive: true });
  expect(framesOf(recorded)).toEqual(framesOf(source));
});
