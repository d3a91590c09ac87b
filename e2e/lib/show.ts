/** The shortest way to a running show: a server, its owner, an encoder, and the broadcast that it opened. */
import { type Encoder, startEncoder } from "./encoder.ts";
import { type Owner, setUp } from "./owner.ts";
import { type RunningServer, type ServerOptions, startServer } from "./server.ts";
import { until } from "./wait.ts";

export type BroadcastView = Readonly<{
  id: string;
  state: string;
  hasSource: boolean;
  title: string;
  viewers: number | null;
}>;

export interface Show extends AsyncDisposable {
  readonly server: RunningServer;
  readonly owner: Owner;
  /** Where an encoder publishes with the primary key. */
  readonly ingestUrl: string;
}

/** A server of its own with an owner. Disposing stops it and removes its data. */
export async function openShow(options: ServerOptions = {}): Promise<Show> {
  const server = await startServer(options);
  const owner = await setUp(server);
  return {
    server,
    owner,
    ingestUrl: ingestUrl(server, owner.key),
    [Symbol.asyncDispose]: () => server.dispose(),
  };
}

export const ingestUrl = (server: RunningServer, key: string): string =>
  `rtmp://127.0.0.1:${server.ready.ports["rtmp"]}/live/${key}`;

/** The channel's one broadcast in `state`. */
export async function broadcastIn(owner: Owner, state: string, withinMs = 30_000): Promise<BroadcastView> {
  return until(
    `a broadcast that is ${state}`,
    async () => {
      const { items } = await owner.call<{ items: BroadcastView[] }>("GET", "/broadcasts?mine=true");
      return items.find((item) => item.state === state);
    },
    withinMs,
  );
}

/** Starts an encoder with its usual settings and waits until its broadcast is live. */
export async function goLive(show: Show, start: (url: string) => Encoder = startEncoder) {
  const encoder = start(show.ingestUrl);
  const broadcast = await Promise.race([
    broadcastIn(show.owner, "live"),
    encoder.exited.then((code) => {
      throw new Error(`the encoder ended with ${code}: ${encoder.output()}`);
    }),
  ]);
  return { encoder, broadcast };
}

/** Feeds the broadcast with the server's own test signal; it is there when this answers. */
export async function startTestSignal({ call }: Owner, id: string): Promise<void> {
  await call("POST", `/broadcasts/${id}/test-signal`, { on: true });
  await until("the test signal", async () => (await call<BroadcastView>("GET", `/broadcasts/${id}`)).hasSource);
}

/** Puts the broadcast on the air without an encoder. */
export async function goLiveByTestSignal(owner: Owner, id: string): Promise<BroadcastView> {
  await startTestSignal(owner, id);
  await owner.call("POST", `/broadcasts/${id}/live`);
  return until("the show to be live", async () => {
    const broadcast = await owner.call<BroadcastView>("GET", `/broadcasts/${id}`);
    return broadcast.state === "live" && broadcast;
  });
}
