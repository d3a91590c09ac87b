/** /healthz, /readyz and /metrics: for operators, orchestrators and Prometheus. */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import { Histogram } from "prom-client";
import { AppError } from "../lib/app-error.ts";
import { requireOwner } from "./auth.ts";
import type { App, HttpKit } from "./kit.ts";

/** What needs longer than this to answer is not ready. */
const READY_WITHIN_MS = 2_000;

export function registerOperations(app: App, kit: HttpKit): void {
  const hidden = { schema: { hide: true }, config: { rateLimit: false as const } };
  app.get("/healthz", hidden, async () => ({ status: "ok" }));
  app.get("/readyz", hidden, async () => {
    const { store, bus, livekit } = kit.ctx;
    await requireHealth(() => store.health(), "The database does not answer.");
    await requireHealth(() => bus.health(), "The event bus does not answer.");
    // Rooms that are started again are no reason to send viewers away: they are told, and do not count.
    return livekit === null ? { status: "ok" } : { status: "ok", rooms: await livekit.health() };
  });
  app.get("/metrics", hidden, async (request, reply) => {
    if (!isLocalPeer(request)) await requireOwner(request, "read");
    const { metrics, livekit } = kit.ctx;
    const [own, rooms] = await Promise.all([metrics.metrics(), livekit?.metrics() ?? ""]);
    return reply.type(metrics.contentType).send(own + rooms);
  });
  timeRequests(app, kit);
}

/** @throws {AppError} `unavailable` with `sentence` */
async function requireHealth(health: () => Promise<void>, sentence: string): Promise<void> {
  const done = new AbortController();
  const late = delay(READY_WITHIN_MS, "late" as const, { signal: done.signal }).catch(() => "late" as const);
  try {
    const first = await Promise.race([health(), late]);
    if (first === "late") throw new Error(`no answer within ${READY_WITHIN_MS} ms`);
  } catch (cause) {
    throw new AppError("unavailable", sentence, { cause });
  } finally {
    done.abort();
  }
}

/** True for a request made on this machine itself. A proxy on this machine speaks for others, so its requests do not count. */
function isLocalPeer(request: FastifyRequest): boolean {
  const { headers, socket } = request.raw;
  if (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined) return false;
  const address = socket.remoteAddress ?? "";
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** Route patterns, not paths, so that the number of series is bounded. */
function timeRequests(app: App, kit: HttpKit): void {
  const name = "http_request_duration_seconds";
  const { metrics } = kit.ctx;
  const known = metrics.getSingleMetric(name);
  const durations =
    known instanceof Histogram
      ? known
      : new Histogram({
          name,
          help: "Time from request to answer",
          labelNames: ["method", "route", "status"],
          buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
          registers: [metrics],
        });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    durations.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
}
