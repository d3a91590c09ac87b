/** What a multivariant playlist offers, as the player sees it. Pure. */
import type { MultivariantPlaylist, Variant } from "@rostrum/media/hls/multivariant-playlist";
import type { Kind } from "../timeline/chunk.ts";
import { addressOf } from "./http.ts";

/** One quality. `url` names it: a rung that comes back has the same. */
export type Level = Readonly<{ url: string; bitrateBps: number; heightPx: number; frameRate: number | undefined }>;

/** `levels` from the smallest to the largest; `audioUrl` undefined: no sound beside the picture. */
export type Offer = Readonly<{
  levels: readonly Level[];
  audioUrl: string | undefined;
  tracks: readonly Kind[];
  /** The codecs of a show that the browser decodes nothing of; undefined while there is something, or no media yet. */
  undecodable: string | undefined;
}>;

/** @param supports whether the browser decodes this; levels without are left out */
export function readOffer(url: string, playlist: MultivariantPlaylist, supports: (mime: string) => boolean): Offer {
  const decodable = playlist.variants.filter((variant) => canPlay(variant, supports));
  // The same pictures are offered with AAC and with the source's Opus, which frames over WebSocket have, too.
  const first = decodable.find(({ codecs }) => codecs?.includes("opus")) ?? decodable[0];
  const playable = decodable.filter(({ audio }) => audio === first?.audio);
  if (first === undefined) {
    const undecodable = playlist.variants[0]?.codecs?.join(", ");
    return { levels: [], audioUrl: undefined, tracks: [], undecodable };
  }
  const sound = playlist.media.find(({ type, groupId, uri }) => type === "AUDIO" && groupId === first.audio && uri);
  const audioUrl = sound?.uri === undefined ? undefined : addressOf(sound.uri, url);
  // A show without a picture is a single rendition of sound.
  if (!hasPicture(first)) {
    return { levels: [], audioUrl: addressOf(first.uri, url), tracks: ["audio"], undecodable: undefined };
  }
  const levels = playable
    .map((variant) => ({
      url: addressOf(variant.uri, url),
      bitrateBps: variant.averageBandwidthBps ?? variant.bandwidthBps,
      heightPx: variant.resolution?.heightPx ?? 0,
      frameRate: variant.frameRate,
    }))
    .toSorted((a, b) => a.heightPx - b.heightPx || a.bitrateBps - b.bitrateBps);
  const tracks: Kind[] = audioUrl === undefined ? ["video"] : ["video", "audio"];
  return { levels, audioUrl, tracks, undecodable: undefined };
}

const AUDIO_CODECS = /^(mp4a|opus|ac-3|ec-3|fLaC)/i;

function hasPicture({ codecs, resolution }: Variant): boolean {
  return resolution !== undefined || codecs === undefined || codecs.some((codec) => !AUDIO_CODECS.test(codec));
}

function canPlay({ codecs }: Variant, supports: (mime: string) => boolean): boolean {
  return (codecs ?? []).every((codec) =>
    supports(`${AUDIO_CODECS.test(codec) ? "audio" : "video"}/mp4; codecs="${codec}"`),
  );
}
