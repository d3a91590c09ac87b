/** The realtime role of a real app on a real port, for tests. */
import { openShow, type Show } from "../features/broadcasts/testing.ts";
import type { Context } from "../context.ts";
import type { AppPlugin } from "../http/kit.ts";
import { TestClient } from "../realtime/testing.ts";
import { type HttpListener, listenHttp } from "./http-listener.ts";
import { createRealtime, type Realtime } from "./realtime.ts";

export type RealtimeShow = Show &
  Readonly<{
    realtime: Realtime;
    http: HttpListener;
    /** `http://127.0.0.1:<port>`. */
    url: string;
    /** A socket that is open. @param token a bearer token */
    connect(token?: string): Promise<TestClient>;
    /** The first answer for each topic, by polling. */
    poll(topics: string, token?: string): Promise<{ status: number; messages: Record<string, unknown>[] }>;
  }>;

/** The caller closes it. @param plugins routes of further features */
export async function openRealtimeShow(
  plugins: (ctx: Context) => readonly AppPlugin[] = () => [],
): Promise<RealtimeShow> {
  const stop = new AbortController();
  let realtime: Realtime | undefined;
  const show = await openShow({
    config: { PORT: 0, HOST: "127.0.0.1" },
    plugins: (ctx) => {
      const made = (realtime ??= createRealtime(ctx, stop.signal));
      return [(app) => made.routes(app), ...plugins(ctx)];
    },
  });
  if (realtime === undefined) throw new Error("The app took no plugins.");
  const made = realtime;
  const http = await listenHttp(show.ctx.config);
  http.app = (req, res) => show.app.routing(req, res);
  made.open(http, show.app.kit);
  const url = `http://127.0.0.1:${http.port}`;
  const bearer = (token?: string): Record<string, string> =>
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const clients: TestClient[] = [];
  return {
    ...show,
    realtime: made,
    http,
    url,
    async connect(token) {
      const client = new TestClient(`${url.replace("http", "ws")}/realtime`, bearer(token));
      clients.push(client);
      await client.opened;
      return client;
    },
    async poll(topics, token) {
      const path = `/api/v1/realtime/poll?topics=${encodeURIComponent(topics)}`;
      const answer = await fetch(url + path, { headers: bearer(token) });
      const { messages = [] } = (await answer.json()) as { messages?: Record<string, unknown>[] };
      return { status: answer.status, messages };
    },
    async close() {
      for (const { ws } of clients) ws.terminate();
      stop.abort();
      await made.close();
      http.server.closeAllConnections();
      await http.close();
      await show.close();
    },
  };
}
