/** /healthz, /readyz and /metrics: for operators, orchestrators and Prometheus. */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import { Histogram } from "prom-client";
import { AppError } from "../lib/app-error.ts";
import { requireOwner } from "./auth.ts";
import type { App, HttpKit } from "./kit.ts";

/** A store that needs longer than this to answer is not ready. */
const READY_WITHIN_MS = 2_000;

export function registerOperations(app: App, kit: HttpKit): void {
  const hidden = { schema: { hide: true }, config: { rateLimit: false as const } };
  app.get("/healthz", hidden, async () => ({ status: "ok" }));
  app.get("/readyz", hidden, async () => {
    await requireStore(kit);
    return { status: "ok" };
  });
  app.get("/metrics", hidden, async (request, reply) => {
    if (!isLocalPeer(request)) await requireOwner(request, "read");
    return reply.type(kit.ctx.metrics.contentType).send(await kit.ctx.metrics.metrics());
  });
  timeRequests(app, kit);
}

async function requireStore(kit: HttpKit): Promise<void> {
  const done = new AbortController();
  const late = delay(READY_WITHIN_MS, "late" as const, { signal: done.signal }).catch(() => "late" as const);
  try {
    const first = await Promise.race([kit.ctx.store.health(), late]);
    if (first === "late") throw new Error(`no answer within ${READY_WITHIN_MS} ms`);
  } catch (cause) {
    throw new AppError("unavailable", "The database does not answer.", { cause });
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
