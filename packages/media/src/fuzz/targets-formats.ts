/** Fuzz targets of codec records, fMP4 and HLS playlists. */
import { concat, equalBytes } from "../bytes.ts";
import { aacCodecString, parseAudioSpecificConfig, splitAdts } from "../codec/aac.ts";
import { findSequenceHeader } from "../codec/av1.ts";
import * as avc from "../codec/avc.ts";
import * as hevc from "../codec/hevc.ts";
import { opusPacketTicks, parseOpusConfig, serializeDops, serializeOpusHead } from "../codec/opus.ts";
import { parseVp9KeyframeSize } from "../codec/vp9.ts";
import { parseFragments } from "../fmp4/fragment.ts";
import { parseInit, writeInit } from "../fmp4/init.ts";
import { Fmp4Reader } from "../fmp4/reader.ts";
import { parseMediaPlaylist } from "../hls/parse-media-playlist.ts";
import { parseMultivariantPlaylist } from "../hls/parse-multivariant-playlist.ts";
import type { AudioTrack, Track, VideoTrack } from "../sample.ts";
import { audioTrack, videoTrack } from "../track-from-config.ts";
import { MEDIA_PLAYLISTS, MULTIVARIANT_PLAYLISTS } from "./playlists.ts";
import type { FixtureReader, FuzzTarget } from "./target.ts";

const SIZE = { widthPx: 640, heightPx: 360 };
const VIDEO_FILES = ["avc.mp4", "hevc.mp4", "av1.mp4", "vp9.mp4"] as const;
const FILES = [...VIDEO_FILES, "aac.mp4", "opus.mp4"] as const;
const CUT_BYTES = [1, 2, 3, 7, 8, 9, 15, 64, 1_000] as const;
const TEXT_ENCODER = new TextEncoder();
const TEXT_DECODER = new TextDecoder();

/** Every parser of formats that bytes from outside reach. */
export const formatTargets: readonly FuzzTarget[] = [
  ...(["avc", "hevc", "av1", "vp9"] as const).map(videoRecord),
  ...(["aac", "opus"] as const).map(audioRecord),
  {
    name: "avc-sps",
    seeds: (fixture) => avc.parseAvcConfig(describe(fixture, "avc.mp4")).sps,
    run: (bytes) => void avc.parseSps(bytes),
  },
  {
    name: "hevc-sps",
    seeds: (fixture) => hevc.parseHevcConfig(describe(fixture, "hevc.mp4")).sps,
    run: (bytes) => void hevc.parseSps(bytes),
  },
  { name: "adts", seeds: (fixture) => [fixture("aac.adts")], run: (bytes) => void splitAdts(bytes) },
  {
    name: "opus-packet",
    seeds: (fixture) => samplesOf(fixture, "opus.mp4"),
    run: (bytes) => void opusPacketTicks(bytes),
  },
  {
    name: "vp9-frame",
    seeds: (fixture) => samplesOf(fixture, "vp9.mp4"),
    run: (bytes) => void parseVp9KeyframeSize(bytes),
  },
  {
    name: "av1-obus",
    seeds: (fixture) => samplesOf(fixture, "av1.mp4"),
    run: (bytes) => void findSequenceHeader(bytes),
  },
  {
    name: "nal-lengths",
    seeds: (fixture) => [...samplesOf(fixture, "avc.mp4"), ...samplesOf(fixture, "hevc.mp4")],
    run: readNals,
  },
  { name: "annex-b", seeds: (fixture) => [fixture("avc.h264")], run: readAnnexB },
  { name: "fmp4-init", seeds: (fixture) => FILES.map((file) => writeInit(parseInit(fixture(file)))), run: readInit },
  {
    name: "fmp4-fragments",
    seeds: (fixture) => FILES.map((file) => afterInit(fixture(file))),
    run: (bytes) => void parseFragments(bytes, "video", { duration: 10, sizeBytes: 1, flags: 0 }),
  },
  { name: "fmp4-reader", seeds: (fixture) => FILES.map(fixture), run: readInCuts },
  text("media-playlist", MEDIA_PLAYLISTS, parseMediaPlaylist),
  text("multivariant-playlist", MULTIVARIANT_PLAYLISTS, parseMultivariantPlaylist),
];

function videoRecord(codec: VideoTrack["codec"]): FuzzTarget {
  return {
    name: `${codec}-record`,
    seeds: (fixture) => [describe(fixture, `${codec}.mp4`)],
    run(bytes) {
      const track = videoTrack(codec, bytes, 90_000, SIZE);
      sameAfterInit(track);
    },
  };
}

function audioRecord(codec: AudioTrack["codec"]): FuzzTarget {
  return {
    name: `${codec}-record`,
    seeds(fixture) {
      const record = describe(fixture, `${codec}.mp4`);
      if (codec === "opus") return [record, serializeOpusHead(parseOpusConfig(record))];
      // The second is HE-AAC, signalled in front of the core.
      return [record, Uint8Array.of(0x2b, 0x11, 0x88, 0)];
    },
    run(bytes) {
      sameAfterInit(audioTrack(codec, bytes));
      if (codec === "aac") aacCodecString(bytes);
      else serializeDops(parseOpusConfig(bytes));
      if (codec === "aac") parseAudioSpecificConfig(bytes);
    },
  };
}

/** What was accepted can be written, and reads back as the same. */
function sameAfterInit(track: Track): void {
  const again = parseInit(writeInit(track));
  const told = JSON.stringify({ ...track, description: undefined });
  const found = JSON.stringify({ ...again, description: undefined });
  if (found !== told) throw new Error(`${told} came back as ${found}`);
  if (!equalBytes(track.description, again.description)) throw new Error("the description came back changed");
}

function readNals(bytes: Uint8Array): void {
  for (const lengthBytes of [1, 2, 4]) {
    if (bytes.length % 3 !== lengthBytes % 3) continue;
    avc.findParameterSets(bytes, lengthBytes);
    hevc.findParameterSets(bytes, lengthBytes);
    avc.lengthPrefixedToAnnexB(bytes, lengthBytes);
  }
}

function readAnnexB(bytes: Uint8Array): void {
  const nals = avc.splitAnnexB(bytes);
  const total = nals.reduce((sum, nal) => sum + nal.length, 0);
  if (total > bytes.length) throw new Error(`${total} bytes of NAL units in ${bytes.length}`);
  avc.splitNals(avc.joinNals(nals), 4);
}

function readInit(bytes: Uint8Array): void {
  writeInit(parseInit(bytes));
}

/** Cuts never change what is read; the sizes of the cuts come from the bytes. */
function readInCuts(bytes: Uint8Array): void {
  const expected = summarize(bytes, bytes.length);
  const wanted = CUT_BYTES[(bytes.length + (bytes.at(-1) ?? 0)) % CUT_BYTES.length] ?? 1;
  // Every cut is an object of its own: without this bound it is the cuts that fill the memory.
  const cutBytes = Math.max(wanted, Math.ceil(bytes.length / 1_000));
  const found = summarize(bytes, cutBytes);
  if (found !== expected) throw new Error(`in cuts of ${cutBytes}: ${found} instead of ${expected}`);
}

function summarize(bytes: Uint8Array, cutBytes: number): string {
  const reader = new Fmp4Reader();
  const seen: string[] = [];
  for (let at = 0; at < bytes.length; at += cutBytes) {
    for (const event of reader.push(bytes.subarray(at, at + cutBytes))) {
      seen.push(
        event.type === "init"
          ? event.track.codecs
          : event.fragment.samples.map(({ dts, data }) => `${dts}:${data.length}`).join(),
      );
    }
  }
  return seen.join(" ");
}

function text(name: string, seeds: readonly string[], parse: (text: string) => unknown): FuzzTarget {
  return {
    name,
    seeds: () => seeds.map((seed) => TEXT_ENCODER.encode(seed)),
    run: (bytes) => void parse(TEXT_DECODER.decode(bytes)),
  };
}

function describe(fixture: FixtureReader, file: string): Uint8Array {
  return parseInit(fixture(file)).description;
}

function samplesOf(fixture: FixtureReader, file: string): Uint8Array[] {
  return parseFragments(fixture(file)).flatMap(({ samples }) => samples.map(({ data }) => data));
}

function afterInit(file: Uint8Array): Uint8Array {
  return concat(parseFragmentBoxes(file));
}

function parseFragmentBoxes(file: Uint8Array): Uint8Array[] {
  const reader = new Fmp4Reader();
  return reader.push(file).flatMap((event) => (event.type === "fragment" ? [event.bytes] : []));
}
