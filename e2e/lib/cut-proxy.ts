/** A TCP relay in front of a server that knows realtime sockets, and can cut or refuse them: a network that has its moods. */
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface CutProxy extends AsyncDisposable {
  /** The server's, by way of this relay. */
  readonly url: string;
  /** Realtime connections are refused from now on, others are not. */
  refused: boolean;
  /** Breaks all realtime connections off; tells how many. */
  cut(): number;
}

const REALTIME = /^GET \/live\/[^/ ]+\/realtime[? ]/;

export async function startCutProxy(serverUrl: string): Promise<CutProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const realtime = new Set<Socket>();
  const state = { refused: false };
  const pair = (client: Socket, first: Buffer): void => {
    if (REALTIME.test(first.toString("latin1", 0, 200))) {
      if (state.refused) return void client.destroy();
      realtime.add(client);
    }
    const server = connect(Number(port), hostname);
    sockets.add(server);
    server.setNoDelay(true);
    server.write(first);
    client.pipe(server).pipe(client);
    const end = (): void => {
      for (const one of [client, server]) one.destroy();
      for (const one of [client, server]) sockets.delete(one);
      realtime.delete(client);
    };
    for (const one of [client, server]) one.on("error", end).on("close", end);
  };
  const relay = createServer((client) => {
    sockets.add(client);
    client.setNoDelay(true);
    client.on("error", () => client.destroy()).on("close", () => sockets.delete(client));
    client.once("data", (first: Buffer) => {
      client.pause();
      pair(client, first);
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, hostname, resolve));
  return Object.assign(state, {
    url: `http://${hostname}:${(relay.address() as AddressInfo).port}`,
    cut() {
      const count = realtime.size;
      for (const client of realtime) client.destroy();
      return count;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  });
}
