/** Judges a live low-latency HLS output from outside, as draft-pantos-hls-rfc8216bis asks. Shares no code with the server. */
import { get } from "./hls-fetch.ts";
import { Findings, type Violation } from "./hls-findings.ts";
import { createFollowed, follow, type Followed } from "./hls-follow.ts";
import { newest, readAttributes, readPlaylist } from "./hls-reader.ts";

export type { Violation } from "./hls-findings.ts";

/** `seen` proves that the checks had something to judge. */
export type ConformanceReport = Readonly<{
  violations: readonly Violation[];
  seen: Readonly<{
    playlists: number;
    reloads: number;
    deltas: number;
    hints: number;
    segments: number;
    parts: number;
  }>;
}>;

export type ConformanceOptions = Readonly<{
  /** How long the media playlists are followed. */
  seconds?: number;
  /** Segments of each playlist that ffprobe looks at. */
  maxProbed?: number;
}>;

type Tag = Readonly<{ name: string; attributes: ReadonlyMap<string, string>; uri: string }>;

const CODEC_NAMES: Readonly<Record<string, string>> = {
  avc1: "h264",
  avc3: "h264",
  hvc1: "hevc",
  hev1: "hevc",
  av01: "av1",
  vp09: "vp9",
  mp4a: "aac",
  opus: "opus",
  Opus: "opus",
};

/** Follows every media playlist behind a multivariant URL. Never throws for what the server does: it becomes a violation. */
export async function checkHls(url: string, options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const { seconds = 12, maxProbed = 8 } = options;
  const findings = new Findings();
  const answer = await get(url, 10_000);
  const text = new TextDecoder().decode(answer.bytes);
  findings.check(
    answer.status === 200,
    "must",
    "6.2.1",
    "the multivariant playlist can be had",
    url,
    `${answer.status} ${answer.problem ?? ""}`,
  );
  const type = answer.headers.get("content-type") ?? "";
  findings.check(/mpegurl/i.test(type), "must", "4", "a playlist has the content type of playlists", url, type);
  const tags = readTags(text);
  const independentSegments = /^#EXT-X-INDEPENDENT-SEGMENTS\r?$/m.test(text);
  const playlists = new Map<string, Followed>();
  for (const { uri } of tags) if (uri !== "") playlists.set(resolve(uri, url), createFollowed(resolve(uri, url)));
  checkText(text, tags, url, findings);
  await Promise.all(
    [...playlists.values()].map((followed) => follow(followed, { seconds, maxProbed, independentSegments, findings })),
  );
  for (const followed of playlists.values()) await checkReports(followed, [...playlists.values()], findings);
  checkAlignment([...playlists.values()], findings);
  checkVariants(tags, playlists, url, findings);
  return { violations: findings.violations, seen: sum([...playlists.values()]) };
}

function resolve(uri: string, base: string): string {
  return new URL(uri, base).href;
}

/** Variants with the URI of the next line, renditions with their URI attribute. */
function readTags(text: string): Tag[] {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, at) => {
    const [, name = "", rest = ""] = /^#(EXT-X-(?:STREAM-INF|MEDIA)):(.*)$/.exec(line) ?? [];
    if (name === "") return [];
    const attributes = readAttributes(rest);
    return [{ name, attributes, uri: name === "EXT-X-MEDIA" ? (attributes.get("URI") ?? "") : (lines[at + 1] ?? "") }];
  });
}

function checkText(text: string, tags: readonly Tag[], url: string, findings: Findings): void {
  const must = (holds: boolean, section: string, rule: string, detail?: string): void =>
    findings.check(holds, "must", section, rule, url, detail);
  must(/^#EXTM3U\r?\n/.test(text), "4.4.1.1", "the first line is #EXTM3U", text.slice(0, 40));
  must(
    !/^#(EXTINF|EXT-X-TARGETDURATION|EXT-X-PART)/m.test(text),
    "4.4.6",
    "no tag of a media playlist in a multivariant playlist",
  );
  const variants = tags.filter(({ name }) => name === "EXT-X-STREAM-INF");
  must(variants.length > 0, "4.4.6.2", "there is a variant");
  for (const { attributes, uri } of variants) {
    must(uri !== "" && !uri.startsWith("#"), "4.4.6.2", "EXT-X-STREAM-INF is followed by a URI", uri);
    must(
      /^\d+$/.test(attributes.get("BANDWIDTH") ?? ""),
      "4.4.6.2",
      "BANDWIDTH is a whole number",
      attributes.get("BANDWIDTH"),
    );
    const group = attributes.get("AUDIO");
    const found = tags.some(
      (tag) => tag.attributes.get("TYPE") === "AUDIO" && tag.attributes.get("GROUP-ID") === group,
    );
    must(group === undefined || found, "4.4.6.2", "AUDIO names a group that is there", group);
    findings.check(attributes.has("CODECS"), "should", "4.4.6.2", "a variant has CODECS", url, uri);
  }
  for (const { name, attributes } of tags) {
    const complete = ["TYPE", "GROUP-ID", "NAME"].every((attribute) => attributes.has(attribute));
    must(name !== "EXT-X-MEDIA" || complete, "4.4.6.1", "EXT-X-MEDIA has TYPE, GROUP-ID and NAME");
  }
}

/** A report for every other playlist, as new as that playlist. Section 4.4.5.4. */
async function checkReports(followed: Followed, all: readonly Followed[], findings: Findings): Promise<void> {
  if (followed.latest === undefined || followed.latest.ended) return;
  for (const other of all) {
    if (other === followed || other.latest === undefined) continue;
    const ours = await get(followed.url, 10_000);
    const theirs = await get(other.url, 10_000);
    const report = readPlaylist(new TextDecoder().decode(ours.bytes)).reports.find(
      ({ uri }) => resolve(uri, followed.url) === other.url,
    );
    findings.check(
      report !== undefined,
      "must",
      "B.1",
      "there is a rendition report for every other rendition",
      followed.url,
      other.url,
    );
    if (report === undefined) continue;
    findings.check(
      !/^[a-z]+:/i.test(report.uri),
      "must",
      "4.4.5.4",
      "the URI of a rendition report is relative",
      followed.url,
      report.uri,
    );
    const now = newest(readPlaylist(new TextDecoder().decode(theirs.bytes)));
    const told = report.lastMsn ?? newest(followed.latest).msn;
    const detail = `${told}.${report.lastPart}, the rendition is at ${now.msn}.${now.part}`;
    findings.check(
      told <= now.msn && told >= now.msn - 2,
      "must",
      "4.4.5.4",
      "a rendition report is as new as the rendition",
      followed.url,
      detail,
    );
    findings.check(
      now.part === undefined || report.lastPart !== undefined,
      "must",
      "4.4.5.4",
      "a rendition report has LAST-PART when there are parts",
      followed.url,
      detail,
    );
  }
}

/** The same moment has the same media time in every rendition. Section 6.2.4. */
function checkAlignment(all: readonly Followed[], findings: Findings): void {
  const [first, ...others] = all;
  for (const other of others) {
    const targets = [first?.latest?.targetSec, other.latest?.targetSec];
    findings.check(
      targets[0] === targets[1],
      "must",
      "6.2.4",
      "all renditions have one target duration",
      other.url,
      targets.join(),
    );
    for (const [sequence, offsetMs] of other.offsetsMs) {
      const reference = first?.offsetsMs.get(sequence);
      if (reference === undefined) continue;
      const apart = offsetMs - reference;
      findings.check(
        Math.abs(apart) <= 100,
        "must",
        "6.2.4",
        "renditions share one timeline",
        other.url,
        `${apart.toFixed(0)} ms apart in discontinuity ${sequence}`,
      );
    }
  }
}

/** What the multivariant playlist promises, against what was measured. Section 4.4.6.2. */
function checkVariants(
  tags: readonly Tag[],
  playlists: ReadonlyMap<string, Followed>,
  url: string,
  findings: Findings,
): void {
  for (const { name, attributes, uri } of tags) {
    const variant = playlists.get(uri === "" ? "" : resolve(uri, url));
    if (name !== "EXT-X-STREAM-INF" || variant === undefined) continue;
    const group = tags.filter(
      (tag) =>
        tag.name === "EXT-X-MEDIA" && tag.uri !== "" && tag.attributes.get("GROUP-ID") === attributes.get("AUDIO"),
    );
    const audio = group.flatMap((tag) => playlists.get(resolve(tag.uri, url)) ?? []);
    const peak = variant.peakBps + Math.max(0, ...audio.map(({ peakBps }) => peakBps));
    const told = Number(attributes.get("BANDWIDTH"));
    findings.check(
      told >= peak,
      "must",
      "4.4.6.2",
      "BANDWIDTH covers the peak segment bit rate",
      url,
      `${told}, measured ${Math.round(peak)} for ${uri}`,
    );
    checkDescription(attributes, [variant, ...audio], url, findings);
  }
}

function checkDescription(
  attributes: ReadonlyMap<string, string>,
  parts: readonly Followed[],
  url: string,
  findings: Findings,
): void {
  const codecs = (attributes.get("CODECS") ?? "")
    .split(",")
    .map((codec) => CODEC_NAMES[codec.trim().split(".")[0] ?? ""] ?? codec);
  for (const { probed, url: playlist } of parts) {
    if (probed === undefined) continue;
    findings.check(
      codecs.includes(probed.codec),
      "must",
      "4.4.6.2",
      "CODECS names every codec",
      url,
      `${attributes.get("CODECS")}, ${playlist} is ${probed.codec}`,
    );
    if (probed.kind !== "video") continue;
    const size = `${probed.widthPx}x${probed.heightPx}`;
    const resolution = attributes.get("RESOLUTION");
    findings.check(resolution !== undefined, "should", "4.4.6.2", "a variant with video has RESOLUTION", url, playlist);
    findings.check(
      resolution === undefined || resolution === size,
      "should",
      "4.4.6.2",
      "RESOLUTION is the size of the picture",
      url,
      `${resolution}, picture ${size}`,
    );
    checkFrameRate(
      attributes.get("FRAME-RATE"),
      probed.packets.map(({ durationSec }) => durationSec),
      url,
      findings,
    );
  }
}

function checkFrameRate(
  told: string | undefined,
  durationsSec: readonly number[],
  url: string,
  findings: Findings,
): void {
  findings.check(told !== undefined, "should", "4.4.6.2", "a variant with video has FRAME-RATE", url);
  if (told === undefined) return;
  const measured = durationsSec.length / durationsSec.reduce((total, each) => total + each, 0);
  findings.check(/^\d+(\.\d{1,3})?$/.test(told), "must", "4.4.6.2", "FRAME-RATE has at most three decimals", url, told);
  findings.check(
    Number(told) >= measured * 0.97,
    "must",
    "4.4.6.2",
    "FRAME-RATE is the highest of the video",
    url,
    `${told}, measured ${measured.toFixed(3)}`,
  );
}

function sum(all: readonly Followed[]): ConformanceReport["seen"] {
  const total = (value: (followed: Followed) => number): number =>
    all.reduce((count, followed) => count + value(followed), 0);
  return {
    playlists: all.filter(({ latest }) => latest !== undefined).length,
    reloads: total(({ reloads }) => reloads),
    deltas: total(({ deltas }) => deltas),
    hints: total(({ hints }) => hints),
    segments: total(({ segments }) => segments),
    parts: total(({ parts }) => parts),
  };
}
