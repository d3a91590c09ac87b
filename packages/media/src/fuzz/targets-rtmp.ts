/** Fuzz targets of RTMP, AMF0 and FLV. */
import { decodeAmf0, encodeAmf0 } from "../amf0.ts";
import { ChunkReader } from "../rtmp/chunks.ts";
import { parseAudioTag } from "../flv/audio-tag.ts";
import { FlvReader } from "../flv/file.ts";
import { parseVideoTag } from "../flv/video-tag.ts";
import { RtmpClientSession } from "../rtmp/client-session.ts";
import { RtmpServerSession } from "../rtmp/server-session.ts";
import type { FixtureReader, FuzzTarget } from "./target.ts";

const HANDSHAKE_BYTES = 1 + 1_536 + 1_536;
const AUDIO = 8;
const VIDEO = 9;

/** Run by scripts/fuzz.ts. */
export const rtmpTargets: readonly FuzzTarget[] = [
  {
    name: "amf0",
    seeds: (fixture) => [
      metadataOf(fixture),
      encodeAmf0(["connect", 1, { app: "live", list: ["a", 1, null], at: new Date(0) }]),
    ],
    run: (bytes) => void decodeAmf0(bytes),
  },
  {
    name: "rtmp-chunks",
    seeds: (fixture) => [fixture("publish.rtmp").subarray(HANDSHAKE_BYTES)],
    run: (bytes) => {
      const reader = new ChunkReader();
      for (const piece of inPieces(bytes)) reader.push(piece);
    },
  },
  {
    name: "rtmp-server-session",
    seeds: (fixture) => [fixture("publish.rtmp")],
    run: runServerSession,
  },
  {
    name: "rtmp-client-session",
    seeds: (fixture) => [fixture("answers.rtmp")],
    run: runClientSession,
  },
  {
    name: "flv-file",
    seeds: (fixture) => [fixture("both.flv")],
    run: (bytes) => {
      const reader = new FlvReader();
      for (const piece of inPieces(bytes)) reader.push(piece);
    },
  },
  {
    name: "flv-video-tag",
    seeds: (fixture) => [...payloadsOf(fixture, VIDEO), ENHANCED_VIDEO, MULTITRACK_VIDEO],
    run: (bytes) => void parseVideoTag(bytes),
  },
  {
    name: "flv-audio-tag",
    seeds: (fixture) => [...payloadsOf(fixture, AUDIO), ENHANCED_AUDIO],
    run: (bytes) => void parseAudioTag(bytes),
  },
];

/** ModEx, then an HEVC frame. */
const ENHANCED_VIDEO = Uint8Array.of(0x97, 2, 0, 0, 100, 1, 0x68, 0x76, 0x63, 0x31, 0, 0, 33, 0, 0, 0, 1, 0x26);
/** Two tracks of one codec. */
const MULTITRACK_VIDEO = Uint8Array.of(0x96, 0x13, 0x61, 0x76, 0x30, 0x31, 1, 0, 0, 1, 0xaa, 0, 0, 0, 1, 0xbb);
const ENHANCED_AUDIO = Uint8Array.of(0x91, 0x4f, 0x70, 0x75, 0x73, 0xfc, 0xff, 0xfe);

function runServerSession(bytes: Uint8Array): void {
  const session = new RtmpServerSession();
  for (const piece of inPieces(bytes)) {
    session.push(piece);
    if (session.phase === "deciding") session.accept();
    session.takeOutput();
  }
}

function runClientSession(bytes: Uint8Array): void {
  const session = new RtmpClientSession({ app: "live", tcUrl: "rtmp://host/live", streamName: "key" });
  session.start();
  for (const piece of inPieces(bytes)) {
    session.push(piece);
    if (session.phase === "publishing") session.sendVideo(0, ENHANCED_VIDEO);
    session.takeOutput();
  }
}

/** Cut where nothing ends: pieces of 1, 2, 4, … bytes up to 1024, and again. */
function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  let size = 1;
  for (let at = 0; at < bytes.byteLength; size = size < 1_024 ? size * 2 : 1) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function payloadsOf(fixture: FixtureReader, typeId: number): Uint8Array[] {
  const tags = new FlvReader().push(fixture("both.flv")).filter((tag) => tag.typeId === typeId);
  return tags.slice(0, 3).map((tag) => tag.payload);
}

function metadataOf(fixture: FixtureReader): Uint8Array {
  const [first] = new FlvReader().push(fixture("both.flv"));
  return first?.payload ?? new Uint8Array();
}
