/** The media role: binds the media plane to features and bus, and to the HTTP port. */
import type { Context } from "../context.ts";
import { createMediaDoors } from "../features/broadcasts/media-doors.ts";
import { upgradeAllowed } from "../http/origin.ts";
import { resumeFiles } from "../features/files/playing.ts";
import { createRecordingDoors } from "../features/recordings/doors.ts";
import { type Ffmpeg, FfmpegError, findFfmpeg } from "../lib/ffmpeg.ts";
import { StartError } from "../lib/start-error.ts";
import { createMediaPlane } from "../media/pipeline.ts";
import type { MediaPlane } from "../media/plane.ts";
import type { MediaCommand } from "../ports/bus-events.ts";
import { LagError } from "../ports/bus.ts";
import type { HttpListener } from "./http-listener.ts";

/**
 * Opens the ingest ports and answers playback on `http`. What was live before a restart is marked interrupted first.
 * @throws {StartError} no usable FFmpeg, or a port that cannot be opened
 */
export async function startMedia(
  ctx: Context,
  http: HttpListener,
  signal: AbortSignal,
): Promise<{ plane: MediaPlane; close(): Promise<void> }> {
  const { config, log, metrics, nodeId } = ctx;
  const ffmpeg = await needFfmpeg(config.FFMPEG_PATH);
  log.info({ path: ffmpeg.path, version: ffmpeg.version }, "FFmpeg found");
  const doors = createMediaDoors(ctx);
  await doors.recoverAfterRestart();
  // The subscription first: a command of the moment in which the ports open is not lost.
  const stop = new AbortController();
  const commands = ctx.bus.subscribe<MediaCommand>("media", { signal: AbortSignal.any([signal, stop.signal]) });
  const recording = { doors: createRecordingDoors(ctx), blobs: ctx.blobs };
  const plane = await createMediaPlane({ config, log, metrics, nodeId, doors, ffmpeg, recording });
  await resumeFiles(ctx, plane);
  const obeyed = obey(ctx, plane, commands, AbortSignal.any([signal, stop.signal]));
  http.media = (req, res) => plane.handleHttp(req, res);
  http.upgrades.set("/live/", (req, socket, head) => plane.handleUpgrade(req, socket, head));
  http.upgrades.set("/ingest/", (req, socket, head) => {
    if (upgradeAllowed(req, ctx.publicUrl(), config.TRUST_PROXY)) plane.handleIngest(req, socket, head);
    else socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  return {
    plane,
    async close() {
      stop.abort();
      await obeyed;
      await plane.close();
      // Last: what the plane tells while it closes is still heard.
      await doors.close();
    },
  };
}

async function needFfmpeg(configured: string | undefined): Promise<Ffmpeg> {
  try {
    return await findFfmpeg({ configured });
  } catch (cause) {
    if (cause instanceof FfmpegError) throw new StartError(cause.message, { cause });
    throw cause;
  }
}

type Commands = AsyncIterable<Readonly<{ data: MediaCommand }>>;

/** Never rejects. One command after the other; commands that were lost because this node lagged are logged. */
async function obey(ctx: Context, plane: MediaPlane, commands: Commands, signal: AbortSignal): Promise<void> {
  let source: Commands = commands;
  while (!signal.aborted) {
    try {
      for await (const { data } of source) await carryOut(ctx, plane, data);
      return;
    } catch (err) {
      if (!(err instanceof LagError)) {
        ctx.log.error({ err }, "media commands cannot be read any more");
        return;
      }
      ctx.log.error({ err }, "media commands were lost");
      source = ctx.bus.subscribe<MediaCommand>("media", { signal });
    }
  }
}

async function carryOut(ctx: Context, plane: MediaPlane, command: MediaCommand): Promise<void> {
  try {
    switch (command.type) {
      case "end_sources":
        plane.endSources(command.channelId, command.slot, command.reason);
        await plane.refreshStreamKeys(command.channelId);
        return;
      case "stream_keys_added":
        await plane.refreshStreamKeys(command.channelId);
        return;
      case "cut_sources":
        if (command.nodeId !== undefined && command.nodeId !== ctx.nodeId) return;
        await plane.cutSources(command.broadcastId, command.reason);
        return;
      case "begin_show":
        plane.beginShow(command.broadcastId, command.from);
        return;
      case "end_broadcast":
        await plane.endBroadcast(command.broadcastId);
        return;
      case "remove_broadcast":
        await plane.removeBroadcast(command.broadcastId);
        return;
      case "yield_broadcast":
        if (command.nodeId === ctx.nodeId) await plane.yieldBroadcast(command.broadcastId);
        return;
      default:
        command satisfies never;
    }
  } catch (err) {
    ctx.log.error({ err, command: command.type }, "media command failed");
  }
}
