/** The realtime role: the gateway behind the HTTP port, with what every feature lets clients follow and send. Composition only. */
import type { IncomingMessage } from "node:http";
import type { Context } from "../context.ts";
import { followViewers } from "../features/broadcasts/service.ts";
import { broadcastTopic } from "../features/broadcasts/topic.ts";
import { chatActions } from "../features/chat/actions.ts";
import { chatDoor, createDesk } from "../features/chat/service.ts";
import { followShows } from "../features/chat/system.ts";
import { chatPart, chatStaffPart, chatTopic } from "../features/chat/topic.ts";
import { engagementActions, engagementModerationSnapshot, engagementSnapshot } from "../features/engagement/service.ts";
import { healthTopic } from "../features/health/topic.ts";
import { moderationActions } from "../features/moderation/actions.ts";
import { channelTopic, moderationTopic, userTopic } from "../features/moderation/topics.ts";
import { heldTipsSnapshot, tipsSnapshot } from "../features/tips/service.ts";
import { viewerOfCredentials, withAge } from "../http/auth.ts";
import type { App, HttpKit } from "../http/kit.ts";
import { upgradeAllowed } from "../http/origin.ts";
import type { Caller, RealtimeRules } from "../http/realtime-rules.ts";
import { addressKey, peerAddress } from "../lib/address.ts";
import { AppError } from "../lib/app-error.ts";
import { systemClock } from "../lib/clock.ts";
import { follow } from "../ports/follow.ts";
import type { BroadcastChange } from "../ports/bus-events.ts";
import { Gateway } from "../realtime/gateway.ts";
import { realtimeRoutes } from "../realtime/routes.ts";
import { paymentsOf } from "./payments.ts";
import type { HttpListener } from "./http-listener.ts";

export interface Realtime {
  /** What can be followed and sent. */
  readonly rules: RealtimeRules;
  /** The polling fallback, for the app that has not been made yet. */
  routes(app: App): Promise<void>;
  /** Opens `WS /realtime`. */
  open(http: HttpListener, kit: HttpKit): void;
  close(): Promise<void>;
}

/** Follows the bus until `signal` aborts. */
export function createRealtime(ctx: Context, signal: AbortSignal): Realtime {
  const rules = rulesOf(ctx, signal);
  let kit: HttpKit | undefined;
  let stopListening: () => void = () => {};
  const gateway = new Gateway({
    bus: ctx.bus,
    clock: systemClock,
    log: ctx.log,
    metrics: ctx.metrics,
    rules,
    identify: async (req) => {
      if (kit === undefined) throw new Error("The gateway was asked before it was opened.");
      return callerOf(kit, req);
    },
    networkOf: (req) => networkOf(req, ctx.config.TRUST_PROXY),
  });
  const onChange = (change: BroadcastChange): void => {
    // A source comes and goes without any difference for who may follow.
    if (change.type !== "source") gateway.recheck(change.broadcastId);
  };
  void follow(ctx, "broadcasts", signal, onChange, () => gateway.recheck());
  return {
    rules,
    routes: (app) => realtimeRoutes(app, { entrance: gateway.entrance, rules, log: ctx.log }),
    open(http, opened) {
      kit = opened;
      stopListening = opened.credentials.onChange((accountId) => gateway.recheckAccount(accountId));
      http.upgrades.set("/realtime", (req, socket, head) => gateway.handleUpgrade(req, socket, head));
    },
    async close() {
      stopListening();
      await gateway.close();
    },
  };
}

/** Each feature's topics, parts of snapshots and actions. */
function rulesOf(ctx: Context, signal: AbortSignal): RealtimeRules {
  const figuresOf = followViewers(ctx, signal);
  const desk = createDesk(ctx);
  void followShows(desk, signal);
  return {
    topics: {
      broadcast: broadcastTopic(ctx, (id) => figuresOf(id).viewers, [
        chatPart(ctx),
        tipsSnapshot({ ctx, payments: paymentsOf(ctx), now: Date.now }),
        engagementSnapshot(ctx),
      ]),
      chat: chatTopic(ctx),
      health: healthTopic(ctx, figuresOf),
      moderation: moderationTopic(ctx, [
        chatStaffPart(ctx),
        engagementModerationSnapshot(ctx),
        heldTipsSnapshot({ ctx }),
      ]),
      channel: channelTopic(ctx),
      user: userTopic(ctx, []),
    },
    actions: { ...chatActions(desk), ...engagementActions(ctx, signal), ...moderationActions(ctx, chatDoor) },
  };
}

/** @throws {AppError} a foreign page, or a bearer token that is not good */
async function callerOf(kit: HttpKit, req: IncomingMessage): Promise<Caller> {
  const { config, publicUrl } = kit.ctx;
  if (!upgradeAllowed(req, publicUrl(), config.TRUST_PROXY)) {
    throw new AppError("bad_origin", "This request came from another site; it was not carried out.");
  }
  const [access, passes] = [kit.cookies.access, kit.cookies.passes].map((name) => cookieOf(req.headers.cookie, name));
  const known = await viewerOfCredentials(kit, req.headers.authorization, access, passes);
  const viewer = withAge(kit, known, cookieOf(req.headers.cookie, kit.cookies.age));
  return { viewer, address: peerAddress(req, config.TRUST_PROXY) };
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Undefined: this machine itself, which is its operator or a proxy that says nothing of whom it asks for. */
function networkOf(req: IncomingMessage, trustProxy: boolean): string | undefined {
  const network = addressKey(peerAddress(req, trustProxy));
  return network.startsWith("127.") || req.socket.remoteAddress === "::1" ? undefined : network;
}
