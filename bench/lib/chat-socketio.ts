/**
 * The other side of `chat`: Socket.IO 4.8 doing the same, with its recovery of missed packets. Prints `{"port":…}` and runs until it is
 * ended. With BATCH_MS it gathers the messages of that time into one packet; 0: each is a packet.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

const batchMs = Number(process.env["BATCH_MS"] ?? 0);
const server = createServer({ noDelay: true });
const io = new Server(server, {
  transports: ["websocket"],
  serveClient: false,
  // On a busy machine it must not take its own slowness for a broken connection.
  pingTimeout: 120_000,
  connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: true },
});
const gathered = new Map<string, unknown[]>();
function tell(room: string, message: unknown): void {
  if (batchMs === 0) return void io.to(room).emit("chat.messages", [message]);
  const waiting = gathered.get(room);
  if (waiting !== undefined) return void waiting.push(message);
  const messages = [message];
  gathered.set(room, messages);
  setTimeout(() => {
    gathered.delete(room);
    io.to(room).emit("chat.messages", messages);
  }, batchMs);
}

io.on("connection", (socket) => {
  socket.on("follow", async (room: string, ack: () => void) => {
    await socket.join(room);
    ack();
  });
  socket.on("send", ({ id, ...message }: { id: string }, ack: (result: null) => void) => {
    tell(id, message);
    ack(null);
  });
});
server.listen(0, "127.0.0.1", 4096, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
