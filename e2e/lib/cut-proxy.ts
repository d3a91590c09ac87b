/** A TCP relay in front of a server that knows realtime sockets, and can cut or refuse them: a network that has its moods. */
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export interface CutProxy extends AsyncDisposable {
  /** The server's, by way of this relay. */
  readonly url: string;
  /** Realtime connections are refused from now on, others are not. */
  refused: boolean;
  /** No WebSocket passes from now on, as with proxies that do not know them; those that are open are broken off by `cutUpgraded`. */
  refusesUpgrades: boolean;
  /** Breaks all realtime connections off; tells how many. */
  cut(): number;
  /** Breaks all WebSockets off; tells how many. */
  cutUpgraded(): number;
}

const UPGRADE = /\r\nupgrade: *websocket\r\n/i;
const NO_UPGRADE = "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
const REALTIME = /^GET \/live\/[^/ ]+\/realtime[? ]/;

export async function startCutProxy(serverUrl: string): Promise<CutProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const realtime = new Set<Socket>();
  const upgraded = new Set<Socket>();
  const state = { refused: false, refusesUpgrades: false };
  const pair = (client: Socket, first: Buffer): void => {
    if (UPGRADE.test(first.toString("latin1"))) {
      if (state.refusesUpgrades) return void client.end(NO_UPGRADE);
      upgraded.add(client);
    }
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
      upgraded.delete(client);
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
  const breakOff = (clients: ReadonlySet<Socket>): number => {
    const count = clients.size;
    for (const client of clients) client.destroy();
    return count;
  };
  return Object.assign(state, {
    url: `http://${hostname}:${(relay.address() as AddressInfo).port}`,
    cut: () => breakOff(realtime),
    cutUpgraded: () => breakOff(upgraded),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  });
}
