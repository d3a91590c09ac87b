/**
 * The gateway without the rest of the server: one topic kind that everybody may follow, one action that is told to all who do.
 * What `bench/chat.ts` measures; it prints `{"port":…}` and runs until it is ended.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { createMemoryBus } from "../adapters/bus-memory.ts";
import { action, type RealtimeRules } from "../http/realtime-rules.ts";
import { systemClock } from "../lib/clock.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { publishToClients } from "../ports/bus-events.ts";
import { Gateway } from "../realtime/gateway.ts";

const bus = createMemoryBus();
const Said = z.object({ id: z.string(), text: z.string(), from: z.int(), n: z.int(), sentAt: z.number() });
const rules: RealtimeRules = {
  topics: { chat: { admit: async () => {}, snapshot: async () => ({ messages: [] }) } },
  actions: {
    "chat.send": action(Said, async (_caller, { id, ...message }) => {
      await publishToClients(bus, `chat:${id}`, { type: "chat.message", ...message });
      return null;
    }),
  },
};
const gateway = new Gateway({
  bus,
  rules,
  clock: systemClock,
  log: createLogger("warn", false),
  metrics: createMetrics(),
  identify: async () => ({ viewer: { kind: "anonymous" }, address: "127.0.0.1" }),
  networkOf: () => undefined,
});
const server = createServer({ noDelay: true });
server.on("upgrade", (req, socket, head) => {
  socket.on("error", () => socket.destroy());
  gateway.handleUpgrade(req, socket, head);
});
server.listen(0, "127.0.0.1", 4096, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
