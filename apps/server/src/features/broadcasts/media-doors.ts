/** What the media plane asks and tells: who may publish, who may play, what became of the source. */
import { isIP } from "node:net";
import type { Context } from "../../context.ts";
import { AttemptLimiter } from "../../http/rate-limit.ts";
import { addressKey } from "../../lib/address.ts";
import { systemClock } from "../../lib/clock.ts";
import type { IngestDecision, MediaDoors, Peer, PlaybackPolicy, ProgramStateEvent } from "../../media/plane.ts";
import { type MediaCommand, publishMediaCommand } from "../../ports/bus-events.ts";
import { releaseForeignLeases, releaseLeasesOf } from "../../store/leases.ts";
import { mediaSettingsOf, openedStreamKeys, ownerOfStreamKey } from "../channels/service.ts";
import { createHealthMinutes, reportHealth } from "../health/service.ts";
import { isEnough, isForEverybody } from "./audience.ts";
import { broadcastToFeed, holdBroadcast } from "./ingest.ts";
import { createKnownBroadcasts } from "./known.ts";
import { createKnownPasses } from "./known-passes.ts";
import { readPlaybackToken } from "./playback-token.ts";
import { forgetFeeding, listOrphans, listUnheldOnAir, restartReconnectWindows, type ShownRow } from "./queries.ts";
import { createReconnectWindows, type ReconnectWindows } from "./reconnect-windows.ts";
import { changeState } from "./state-change.ts";
import { followViewers } from "./viewers.ts";

const MINUTE_MS = 60_000;
/** Keys cannot be guessed (160 bits); this only bounds what a flood of wrong ones costs. */
const WRONG_KEYS_PER_MIN = 60;

const OCCUPIED = "Another broadcast of this channel is on the air. Connect again to feed that one.";

export type Doors = MediaDoors & {
  /** Call once, before anything is accepted: what the last run left on the air has no source now and gets its reconnect window. */
  recoverAfterRestart(): Promise<void>;
  /** Call last, when the media plane has told everything: other nodes may take over at once. */
  close(): Promise<void>;
};

/** The caller closes them. */
export function createMediaDoors(ctx: Context): Doors {
  const closing = new AbortController();
  const { signal } = closing;
  const known = createKnownBroadcasts(ctx, signal);
  const passes = createKnownPasses(ctx, signal);
  const viewersOf = followViewers(ctx, signal);
  const wrongKeys = new AttemptLimiter({
    max: WRONG_KEYS_PER_MIN,
    windowMs: MINUTE_MS,
    maxWaitMs: MINUTE_MS,
    maxKeys: 10_000,
    now: () => systemClock.monotonicMs(),
  });
  const windows = createReconnectWindows(ctx);
  const minutes = createHealthMinutes(ctx);
  const inTurn = createTurns();
  return {
    authorizeIngest: (credential, peer) => authorizeIngest(ctx, { wrongKeys, windows }, credential, peer),
    streamKeys: (channelId) => openedStreamKeys(ctx, channelId),
    onProgramState: (event) =>
      inTurn(event.broadcastId, async () => {
        if (event.type !== "health") return takeSourceEvent(ctx, event);
        const row = await known.get(event.broadcastId);
        if (row === null) return;
        if (event.source !== null) await keepHold(ctx, row, event);
        const recordNote = row.record_note ?? row.recording_note;
        const show = { state: row.state, endsAt: endOf(row) };
        const sample = await reportHealth(ctx, show, event, viewersOf(event.broadcastId), recordNote);
        // A source that is only connected is no show yet.
        if (row.live_at !== null) await minutes.add(event.broadcastId, sample);
      }),
    playbackPolicy: async (id) => policyOf(await known.get(id), passes.revocations),
    verifyPlaybackToken: async (token, id) => {
      const opens = readPlaybackToken(ctx.secrets, token, id, Date.now());
      if (opens === null || opens === "everything") return opens !== null;
      const row = await known.get(id);
      if (row === null || !isEnough(opens, row) || isEarly(row)) return false;
      return opens.pass === null || passes.counts(opens.pass);
    },
    ladderWish: async (id) => {
      const row = await known.get(id);
      return row === null ? undefined : mediaSettingsOf({ media: row.channel_media });
    },
    showsOnAir: async () =>
      (await listUnheldOnAir(ctx.store.db)).map((row) => ({ broadcastId: row.id, dvrWindowSec: row.dvr_window_sec })),
    recoverAfterRestart: () => recoverAfterRestart(ctx),
    async close() {
      closing.abort();
      await minutes.close();
      await letGo(ctx);
    },
  };
}

/** When the reconnect window runs out. */
function endOf({ state, interrupted_at: since, reconnect_window_sec: windowSec }: ShownRow): Date | null {
  return state !== "interrupted" || since === null ? null : new Date(since.getTime() + windowSec * 1000);
}

/** Only its crew may play what was not on the air yet. */
function isEarly({ state, live_at }: ShownRow): boolean {
  return state !== "live" && state !== "interrupted" && live_at === null;
}

/** Only who holds a token may play what is not for everybody, or not on the air yet. @param revocations of passes, so far */
function policyOf(row: ShownRow | null, revocations: number): PlaybackPolicy {
  if (row === null) return null;
  const { state, live_at, dvr_window_sec: dvrWindowSec, latency_mode: latencyMode } = row;
  const { slateText: text, slateBackground: background } = mediaSettingsOf({ media: row.channel_media });
  const slate = { text, background };
  const needsToken = !isForEverybody(row) || isEarly(row);
  const since = row.registration === "required" && revocations;
  const asked = [row.visibility, row.registration, row.age_restricted && row.minimum_age, isEarly(row), since];
  return { state, needsToken, tokensFor: asked.join(" "), dvrWindowSec, latencyMode, liveAt: live_at, slate };
}

async function authorizeIngest(
  ctx: Context,
  { wrongKeys, windows }: { wrongKeys: AttemptLimiter; windows: ReconnectWindows },
  credential: string,
  peer: Peer,
): Promise<IngestDecision> {
  const address = addressKey(addressOf(peer.remote));
  if (wrongKeys.waitMs(address) > 0) {
    return { ok: false, reason: "rate_limited", message: "Too many unknown stream keys. Try again in a minute." };
  }
  const owner = await ownerOfStreamKey(ctx, credential);
  const fed = owner === null ? null : await broadcastToFeed(ctx, owner.channelId);
  if (owner === null || fed === null) {
    wrongKeys.fail(address);
    const message = "Unknown stream key. Copy it again from the channel's settings; it may have been replaced.";
    return { ok: false, reason: "unknown_key", message };
  }
  const { channel, broadcast } = fed;
  const lease = await holdBroadcast(ctx, broadcast.id);
  if (!lease.ok) {
    const message = `This broadcast runs on another server (${lease.holder.address}). Connect there, or try again in 20 seconds.`;
    return { ok: false, reason: "owned_elsewhere", message };
  }
  await windows.beginAnew(broadcast);
  const grant = {
    channelId: channel.id,
    broadcastId: broadcast.id,
    slot: owner.slot,
    secondPublisher: channel.second_publisher,
    dvrWindowSec: broadcast.dvr_window_sec,
  };
  return { ok: true, grant };
}

/** `remote` with or without a port. */
function addressOf(remote: string): string {
  return isIP(remote) === 0 ? remote.replace(/:\d+$/, "") : remote;
}

type HealthEvent = Extract<ProgramStateEvent, { type: "health" }>;
type SourceEvent = Exclude<ProgramStateEvent, HealthEvent>;

async function takeSourceEvent(ctx: Context, event: SourceEvent): Promise<void> {
  const { broadcastId } = event;
  if (event.type === "source_lost") {
    const lost = await changeState(ctx, broadcastId, () => ({ type: "source_lost" }), { hasSource: false });
    if (!lost.ok) ctx.log.debug({ broadcastId, reason: lost.message }, "a lost source changes nothing");
    // A rehearsal that somebody ended waits for nobody: the next encoder feeds what is due then.
    if (event.stopped) await forgetFeeding(ctx.store.db, broadcastId);
    return;
  }
  const { slot } = event;
  const connected = await changeState(
    ctx,
    broadcastId,
    // The test signal is a rehearsal, and a file is started by somebody who is there: neither goes on the air by itself.
    (row) => ({ type: "source_connected", autoLive: slot !== "test" && slot !== "file" && row.auto_live }),
    { hasSource: true },
  );
  if (connected.ok) return;
  ctx.log.warn({ broadcastId, slot, reason: connected.message }, "a source connected that cannot be shown");
  await publishMediaCommand(ctx.bus, answerTo(connected.reason, broadcastId, ctx.nodeId));
}

/** What becomes of a source that cannot be shown: the broadcast was ended or deleted while it connected, or another one is on the air. */
function answerTo(reason: "not_found" | "refused" | "occupied", broadcastId: string, nodeId: string): MediaCommand {
  switch (reason) {
    case "not_found":
      return { type: "remove_broadcast", broadcastId };
    case "refused":
      return { type: "end_broadcast", broadcastId };
    case "occupied":
      // Only the source: the broadcast is not over, it can be fed another time.
      return { type: "cut_sources", broadcastId, reason: OCCUPIED, nodeId };
    default:
      return reason satisfies never;
  }
}

/** Media flows: the lease goes on, or the media stops; and a row that missed the source (the database was away) learns of it. */
async function keepHold(ctx: Context, row: ShownRow, { source, slate, connected }: HealthEvent): Promise<void> {
  if (row.state === "ended" || row.state === "archived") return;
  const lease = await holdBroadcast(ctx, row.id);
  if (!lease.ok) {
    ctx.log.error({ broadcastId: row.id, holder: lease.holder.nodeId }, "another node holds this broadcast");
    const reason = `This broadcast runs on another server now (${lease.holder.address}). Connect there.`;
    await publishMediaCommand(ctx.bus, { type: "cut_sources", broadcastId: row.id, reason, nodeId: ctx.nodeId });
    await publishMediaCommand(ctx.bus, { type: "yield_broadcast", broadcastId: row.id, nodeId: ctx.nodeId });
    return;
  }
  const slot = slate === null && source?.kind !== "slate" ? source?.kind : undefined;
  // Frozen sources are none.
  if (row.has_source || slot === undefined || !connected.includes(slot)) return;
  await takeSourceEvent(ctx, { type: "source_connected", broadcastId: row.id, slot });
}

/** The next process need not wait until the leases of this one run out. */
async function letGo(ctx: Context): Promise<void> {
  try {
    await releaseLeasesOf(ctx.store.db, ctx.nodeId);
  } catch (error) {
    ctx.log.warn({ err: error }, "leases could not be released; they run out by themselves");
  }
}

async function recoverAfterRestart(ctx: Context): Promise<void> {
  const { db, kind } = ctx.store;
  // The process before this one, in the same DATA_DIR, is dead however it ended.
  await releaseLeasesOf(db, ctx.nodeId);
  // The embedded store belongs to one process: whoever else holds something in it is dead.
  if (kind === "pglite") await releaseForeignLeases(db, ctx.nodeId);
  await restartReconnectWindows(db, new Date());
  for (const id of await listOrphans(db)) {
    await changeState(ctx, id, () => ({ type: "source_lost" }), { hasSource: false });
  }
}

/** Tasks with the same key run one after the other. */
function createTurns(): (key: string, task: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return async (key, task) => {
    const run = (last.get(key) ?? Promise.resolve()).then(task, task);
    last.set(key, run);
    try {
      await run;
    } finally {
      if (last.get(key) === run) last.delete(key);
    }
  };
}
