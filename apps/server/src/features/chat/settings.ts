/** What holds in a chat: what the channel says, what the broadcast says over it, and shield mode over both. */
import {
  CHAT_DEFAULTS,
  type ChatLinks,
  type ChatMode,
  type ChatRules,
  type ChatSettings,
  type OwnChatSettings,
  SHIELD_DEFAULTS,
  type UpdateChatSettingsBody,
} from "@rostrum/contract/chat";
import { can, type ChannelRole } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { publishBroadcastChange, publishToClients } from "../../ports/bus-events.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireRight } from "../broadcasts/service.ts";
import { refused, requirePermission } from "../channels/service.ts";
import { tellChat, tellNow } from "./events.ts";
import { IdClock } from "./pace.ts";
import { settingsSentence } from "./settings-words.ts";
import { findSettings, listOpenBroadcasts, type SettingsRow, upsertSettings } from "./settings-queries.ts";
import { sayInChat } from "./system.ts";

/** Each is what was said there and nothing more. */
export type Layers = Readonly<{
  channel: Partial<ChatSettings>;
  broadcast: Partial<ChatSettings>;
  preset: ChatRules | null;
}>;

const MODES: readonly ChatMode[] = ["everybody", "registered", "emotes", "followers", "off"];
const LINKS: readonly ChatLinks[] = ["allow", "hold", "moderators"];

/** Shield mode only ever makes it stricter; without it the other settings are as they were. */
export function effectiveSettings({ channel, broadcast, preset }: Layers): ChatSettings {
  const base = { ...CHAT_DEFAULTS, ...channel, ...broadcast };
  if (!base.shield) return base;
  const over = preset ?? SHIELD_DEFAULTS;
  const isOver = MODES.indexOf(over.mode) > MODES.indexOf(base.mode);
  return {
    mode: isOver ? over.mode : base.mode,
    slowModeSec: Math.max(base.slowModeSec, over.slowModeSec),
    // Of two modes the ages mean different things.
    minAgeMin: base.mode === over.mode ? Math.max(base.minAgeMin, over.minAgeMin) : (isOver ? over : base).minAgeMin,
    links: LINKS.indexOf(over.links) > LINKS.indexOf(base.links) ? over.links : base.links,
    shield: true,
  };
}

/** What holds in the chat of a broadcast. */
export async function settingsOf(
  ctx: Context,
  row: Readonly<{ id: string; channel_id: string }>,
): Promise<ChatSettings> {
  return effectiveSettings(await layersOf(ctx, row.channel_id, row.id));
}

export type Scope = Readonly<{ kind: "channel" | "broadcast"; id: string }>;

/** @throws {AppError} not_found, forbidden */
export async function ownSettings(ctx: Context, viewer: AccountViewer, scope: Scope): Promise<OwnChatSettings> {
  const { channelId } = await requireScope(ctx, viewer, scope);
  return present(await layersOf(ctx, channelId, scope.kind === "broadcast" ? scope.id : null), scope);
}

/**
 * Moderators switch slow mode and shield mode; the rest is for producers and above.
 * @throws {AppError} not_found, forbidden; invalid_input for a preset on a broadcast
 */
export async function updateSettings(
  ctx: Context,
  viewer: AccountViewer,
  scope: Scope,
  body: UpdateChatSettingsBody,
): Promise<OwnChatSettings> {
  const { channelId, role } = await requireScope(ctx, viewer, scope);
  requireRights(role, body);
  const { preset, ...said } = body;
  if (preset !== undefined && scope.kind === "broadcast") {
    throw new AppError("invalid_input", "What shield mode brings is set on the channel, not on one broadcast.");
  }
  const fields = Object.keys(body);
  const broadcastId = scope.kind === "broadcast" ? scope.id : null;
  const before = effectiveSettings(await layersOf(ctx, channelId, broadcastId));
  if (fields.length > 0) {
    await ctx.store.db.transaction().execute(async (tx) => {
      await upsertSettings(tx, scope, said, preset);
      const fact = { channelId, target: scope.id, details: { scope: scope.kind, ...body } };
      await audit(ctx, actorOf(viewer), { action: "chat.settings", ...fact }, tx);
    });
    const mayClose = fields.some((field) => field === "mode" || field === "shield" || field === "preset");
    await tell(ctx, channelId, scope, mayClose);
  }
  const own = present(await layersOf(ctx, channelId, broadcastId), scope);
  const text = settingsSentence(before, own.effective);
  if (broadcastId !== null && text !== null) {
    await sayInChat({ ctx, ids: new IdClock() }, { broadcastId, about: "settings", key: `settings:${newId()}`, text });
  }
  return own;
}

function requireRights(role: ChannelRole, body: UpdateChatSettingsBody): void {
  const wantsMore = Object.keys(body).some((field) => field !== "slowModeSec" && field !== "shield");
  const needed = wantsMore ? "chat.settings" : "chat.modes";
  if (!can(role, needed)) throw refused(role, needed);
}

async function requireScope(
  ctx: Context,
  viewer: AccountViewer,
  scope: Scope,
): Promise<{ channelId: string; role: ChannelRole }> {
  if (scope.kind === "channel") {
    return { channelId: scope.id, role: await requirePermission(ctx, viewer, scope.id, "chat.modes") };
  }
  const { row, role } = await requireRight(ctx, viewer, scope.id, "chat.modes");
  return { channelId: row.channel_id, role };
}

async function layersOf(ctx: Context, channelId: string, broadcastId: string | null): Promise<Layers> {
  const rows = await findSettings(ctx.store.db, broadcastId === null ? [channelId] : [channelId, broadcastId]);
  const of = (id: string | null): SettingsRow | undefined => rows.find((row) => row.scope_id === id);
  return {
    channel: of(channelId)?.set_here ?? {},
    broadcast: of(broadcastId)?.set_here ?? {},
    preset: of(channelId)?.preset ?? null,
  };
}

function present(layers: Layers, scope: Scope): OwnChatSettings {
  return { effective: effectiveSettings(layers), set: layers[scope.kind], preset: layers.preset ?? SHIELD_DEFAULTS };
}

/** Everybody in the chats concerned hears what holds now; of the channel's other broadcasts nobody is looking. */
async function tell(ctx: Context, channelId: string, scope: Scope, mayClose: boolean): Promise<void> {
  const ids = scope.kind === "broadcast" ? [scope.id] : await listOpenBroadcasts(ctx.store.db, channelId);
  for (const id of ids) {
    await tellNow(
      () => settingsOf(ctx, { id, channel_id: channelId }),
      async (settings) => {
        const event = { type: "chat.settings", settings } as const;
        await tellChat(ctx.bus, id, event);
        await publishToClients(ctx.bus, `broadcast:${id}`, event);
      },
    );
    if (!mayClose) continue;
    // Whoever follows a chat that is off now is asked to leave, and may come again when it is on.
    const about = { broadcastId: id, channelId, at: new Date().toISOString() };
    await publishBroadcastChange(ctx.bus, { ...about, type: "updated" });
  }
}
