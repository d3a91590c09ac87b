/** The figures of a sample as text, in the order in which they are read. Pure. */
import type { HealthSample } from "@rostrum/contract/health";
import { formatBitrate, formatCount, formatSeconds, UNKNOWN } from "../../lib/format.ts";

/** `name` is the key of the label. */
export type Figure = Readonly<{ name: string; value: string }>;

function number(value: number | null, locale: string, digits: number, unit = ""): string {
  if (value === null) return UNKNOWN;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)}${unit}`;
}

/** What arrives from the encoder. */
export function sourceFigures(sample: HealthSample | null, locale: string): Figure[] {
  const source = sample?.source ?? null;
  const size = source?.widthPx && source.heightPx ? `${source.widthPx} × ${source.heightPx}` : UNKNOWN;
  const fps = number(source?.fps ?? null, locale, 1);
  const nominal = source?.nominalFps ? ` / ${number(source.nominalFps, locale, 2)}` : "";
  return [
    { name: "videoBitrate", value: formatBitrate(source?.videoBitrateBps ?? null, locale) },
    { name: "audioBitrate", value: formatBitrate(source?.audioBitrateBps ?? null, locale) },
    { name: "fps", value: fps === UNKNOWN ? fps : `${fps}${nominal} fps` },
    { name: "resolution", value: size },
    { name: "keyframes", value: number(source?.keyframeIntervalSec ?? null, locale, 1, " s") },
    { name: "videoCodec", value: codecName(source?.videoCodec ?? null) },
    { name: "audioCodec", value: audioName(source, locale) },
    { name: "drops", value: source === null ? UNKNOWN : formatCount(source.droppedSamples, locale) },
    { name: "avOffset", value: number(source?.avOffsetMs ?? null, locale, 0, " ms") },
    ...linkFigures(source, locale),
  ];
}

/** Only of sources whose protocol measures its way. */
function linkFigures(source: HealthSample["source"], locale: string): Figure[] {
  if (source?.rttMs === undefined) return [];
  return [
    { name: "rtt", value: number(source.rttMs, locale, 0, " ms") },
    { name: "loss", value: number(source.lossPercent ?? null, locale, 1, " %") },
  ];
}

/** What viewers get. */
export function viewerFigures(sample: HealthSample | null, locale: string): Figure[] {
  const stalls = sample?.stallRatio ?? null;
  return [
    { name: "viewers", value: formatCount(sample?.viewers ?? null, locale) },
    { name: "latency", value: formatSeconds(sample?.latencyMsP50 ?? null, locale) },
    { name: "join", value: formatSeconds(sample?.joinMsP50 ?? null, locale) },
    { name: "stalls", value: number(stalls === null ? null : stalls * 100, locale, 1, " %") },
  ];
}

const CODECS: readonly (readonly [RegExp, string])[] = [
  [/^avc[13]/, "H.264"],
  [/^h264/i, "H.264"],
  [/^(hvc1|hev1|hevc)/i, "HEVC"],
  [/^av01/, "AV1"],
  [/^vp09/, "VP9"],
  [/^(mp4a\.40|aac)/i, "AAC"],
  [/^opus/i, "Opus"],
];

/** The name people know; an unknown codec keeps its own. */
export function codecName(codec: string | null): string {
  if (codec === null) return UNKNOWN;
  return CODECS.find(([pattern]) => pattern.test(codec))?.[1] ?? codec;
}

function audioName(source: HealthSample["source"], locale: string): string {
  const name = codecName(source?.audioCodec ?? null);
  if (!source?.audioSampleRateHz) return name;
  return `${name}, ${number(source.audioSampleRateHz / 1000, locale, 1, " kHz")}`;
}
