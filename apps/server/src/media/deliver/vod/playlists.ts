/**
 * From a recording's layout to its playlists. Pure. rfc8216bis §4.4.4.7 (gaps), §6.2.4 (variants). Where a rendition has nothing for a
 * slot (a rung that began later or was shed, a source without sound) its playlist says EXT-X-GAP.
 */
import { type Segment, serializeMediaPlaylist } from "@rostrum/media/hls/media-playlist";
import {
  type MultivariantPlaylist,
  serializeMultivariantPlaylist,
  type Variant,
} from "@rostrum/media/hls/multivariant-playlist";
import { type RecordedSegment, type RecordedTrack, spanSec } from "@rostrum/media/recording";
import {
  bitRatesOf,
  kindOf,
  type LaidOut,
  mainTrack,
  type Slot,
  type RecordingLayout,
} from "@rostrum/media/recording-layout";
import type { Track } from "@rostrum/media/sample";

const AUDIO_GROUP = "aud";
const FAMILY = /^[^.]+/;

/** @throws {RangeError} there is nothing to be played */
export function multivariantText({ renditions }: RecordingLayout): string {
  const video = renditions.filter(({ track }) => kindOf(track) === "video");
  // AAC that was made of the source's Opus comes first: most players know it.
  const audio = renditions.filter(({ track }) => kindOf(track) === "audio").toReversed();
  if (renditions.length === 0) throw new RangeError("a recording without any media");
  const groups: MultivariantPlaylist["media"] = (video.length === 0 ? [] : audio).map((one) => ({
    type: "AUDIO",
    groupId: groupOf(one),
    name: "main",
    default: true,
    autoselect: true,
    channels: String(channelsOf(one)),
    uri: `${one.track.name}/index.m3u8`,
  }));
  const variants =
    video.length === 0
      ? audio.map((one) => variant([one]))
      : (audio.length === 0 ? [undefined] : audio).flatMap((sound) =>
          video.map((one) =>
            sound === undefined ? variant([one]) : { ...variant([one, sound]), audio: groupOf(sound) },
          ),
        );
  return serializeMultivariantPlaylist({ media: groups, variants });
}

/** One rendition's media playlist. */
export function mediaText(layout: RecordingLayout, rendition: LaidOut, targetDurationSec: number): string {
  const segments: Segment[] = [];
  let init: string | undefined;
  for (const [at, slot] of layout.timeline.entries()) {
    const found = rendition.slots[at] ?? [];
    if (found.length === 0) segments.push(gap(slot, at));
    for (const [nth, segment] of found.entries()) {
      segments.push(entry(segment, slot.breaks && nth === 0, segment.init.name !== init));
      init = segment.init.name;
    }
  }
  return serializeMediaPlaylist({
    targetDurationSec,
    mediaSequence: 0,
    playlistType: "VOD",
    segments,
    endList: true,
  });
}

function entry(segment: RecordedSegment, discontinuity: boolean, newInit: boolean): Segment {
  const { fromSec, toSec } = spanSec(segment);
  return {
    ...(discontinuity && { discontinuity: true }),
    ...(newInit && { map: { uri: `${segment.init.name}.mp4` } }),
    programDateTime: new Date(segment.wallMs),
    uri: `${segment.name}.m4s`,
    durationSec: toSec - fromSec,
  };
}

function gap(slot: Slot, at: number): Segment {
  return {
    ...(slot.breaks && { discontinuity: true }),
    programDateTime: new Date(slot.wallMs),
    uri: `gap-${at}.m4s`,
    durationSec: slot.toSec - slot.fromSec,
    gap: true,
  };
}

function groupOf({ track: { name } }: LaidOut): string {
  return name === "a0" ? AUDIO_GROUP : `${AUDIO_GROUP}-${name}`;
}

function channelsOf({ track }: LaidOut): number {
  const main = mainTrack(track);
  return main?.kind === "audio" ? main.channels : 2;
}

function variant(parts: readonly LaidOut[]): Variant {
  const [first] = parts;
  const rates = parts.map(({ track }) => bitRatesOf(track));
  const main = first && mainTrack(first.track);
  return {
    uri: `${first?.track.name ?? ""}/index.m3u8`,
    bandwidthBps: Math.ceil(rates.reduce((sum, { peakBps }) => sum + peakBps, 0)),
    averageBandwidthBps: Math.ceil(rates.reduce((sum, { averageBps }) => sum + averageBps, 0)),
    codecs: parts.flatMap(({ track }) => codecsOf(track)),
    ...(main?.kind === "video" && { resolution: { widthPx: main.widthPx, heightPx: main.heightPx } }),
    ...(main?.kind === "video" && first && { frameRate: frameRateOf(first.track, main) }),
  };
}

/** One of each kind: that which is shown for longest stands for the others, since players ask for a decoder only once. */
function codecsOf(rendition: RecordedTrack): string[] {
  const families = new Map<string, RecordedSegment[]>();
  for (const segment of rendition.segments) {
    const family = FAMILY.exec(segment.init.track.codecs)?.[0] ?? "";
    const known = families.get(family);
    if (known === undefined) families.set(family, [segment]);
    else known.push(segment);
  }
  return [...families.values()].flatMap((segments) => mainTrack({ name: rendition.name, segments })?.codecs ?? []);
}

/** As measured; what the encoder promises when it keeps that. */
function frameRateOf({ segments }: RecordedTrack, main: Extract<Track, { kind: "video" }>): number {
  let samples = 0;
  let ticks = 0;
  for (const segment of segments) {
    if (segment.init.track !== main) continue;
    samples += segment.samples;
    ticks += segment.durationTicks;
  }
  const measured = ticks > 0 ? (samples * main.timescale) / ticks : (main.frameRate ?? 30);
  const { frameRate: promised } = main;
  return promised !== undefined && Math.abs(promised / measured - 1) < 0.02 ? promised : measured;
}
