/** Starts the roles of this process in the order in which they need each other. Composition only. */
import type { Context } from "../context.ts";
import type { MediaPlane } from "../media/plane.ts";
import type { HttpListener } from "./http-listener.ts";
import { openRooms } from "./rooms.ts";

export interface RunningRoles {
  /** Bound ports beside HTTP, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Where the owner is created; null when that has happened. */
  readonly setupUrl: string | null;
  close(): Promise<void>;
}

/** Roles are loaded when they are asked for: a worker never loads React, a web node never opens RTMP. */
export async function startRoles(ctx: Context, http: HttpListener): Promise<RunningRoles> {
  const { ROLES: wanted } = ctx.config;
  const stop = new AbortController();
  const closers: Array<() => Promise<void>> = [];
  let plane: MediaPlane | null = null;
  let setupUrl: string | null = null;
  openRooms(ctx.livekit, http);
  if (wanted.includes("media")) {
    const media = await (await import("./media.ts")).startMedia(ctx, http, stop.signal);
    plane = media.plane;
    closers.unshift(() => media.close());
  }
  if (["api", "realtime", "web"].some((role) => wanted.some((each) => each === role))) {
    const api = await (await import("./api.ts")).startApi(ctx, http, plane, stop.signal);
    setupUrl = api.setupUrl;
    closers.unshift(() => api.close());
  }
  if (wanted.includes("worker")) {
    const worker = await (await import("./worker.ts")).startWorker(ctx, stop.signal);
    closers.unshift(() => worker.close());
  }
  return {
    ports: plane === null ? {} : { ...plane.ports },
    setupUrl,
    async close() {
      stop.abort();
      for (const close of closers) await close();
    },
  };
}
