/** The clients of both sides of `chat`, as pages have them: packages/client here, socket.io-client there. */
import { createHttp } from "@rostrum/client/http";
import { createRealtime } from "@rostrum/client/realtime";
import { io, type Socket } from "socket.io-client";
import { WebSocket } from "ws";
import type { Said } from "./chat-tally.ts";

export type Kind = "rostrum" | "socketio";

export interface ChatClient {
  /** Resolves when it is in the room. `onSaid` is told what is said from then on. */
  follow(onSaid: (said: Said) => void): Promise<void>;
  /** Resolves when it is acknowledged. */
  send(said: Said): Promise<unknown>;
  /** Its connection breaks, as when a network changes; it comes again by itself. */
  cut(): void;
  close(): void;
}

export function openChat(kind: Kind, port: number, room: string): ChatClient {
  return kind === "rostrum" ? rostrum(port, room) : socketIo(port, room);
}

function rostrum(port: number, room: string): ChatClient {
  let socket: WebSocket | undefined;
  class Tracked extends WebSocket {
    constructor(url: string) {
      super(url, { perMessageDeflate: false });
      // eslint-disable-next-line -- the newest one is the one that is cut
      socket = this;
    }
  }
  const realtime = createRealtime({
    url: `ws://127.0.0.1:${port}/realtime`,
    http: createHttp({ baseUrl: `http://127.0.0.1:${port}` }),
    WebSocket: Tracked as unknown as typeof globalThis.WebSocket,
    timing: { openWithinMs: 60_000, sendWithinMs: 120_000 },
  });
  return {
    follow: (onSaid) =>
      new Promise((resolve) => {
        realtime.follow(`chat:${room}`, { onReset: () => resolve(), onEvent: (event) => onSaid(event as Said) });
      }),
    send: (said) => realtime.send("chat.send", { id: room, ...said }),
    cut: () => socket?.terminate(),
    close: () => realtime.close(),
  };
}

function socketIo(port: number, room: string): ChatClient {
  const socket: Socket = io(`http://127.0.0.1:${port}`, {
    transports: ["websocket"],
    forceNew: true,
    timeout: 60_000,
    // The same pauses as the other side's.
    reconnectionDelay: 500,
    reconnectionDelayMax: 15_000,
    randomizationFactor: 0.25,
  });
  return {
    async follow(onSaid) {
      socket.on("chat.messages", (messages: readonly Said[]) => {
        for (const said of messages) onSaid(said);
      });
      await socket.emitWithAck("follow", room);
      // Whose packets could not be recovered is in no room any more.
      socket.on("connect", () => {
        if (!socket.recovered) socket.emit("follow", room, () => undefined);
      });
    },
    send: (said) => socket.emitWithAck("send", { id: room, ...said }),
    cut() {
      const { transport } = socket.io.engine as unknown as { transport: { ws: WebSocket } };
      transport.ws.terminate();
    },
    close: () => socket.disconnect(),
  };
}
