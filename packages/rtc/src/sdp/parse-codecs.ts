/** Reads the codecs of a section: rtpmap, fmtp, rtcp-fb, and rtx joined to what it repeats. */
import type { Level } from "./lines.ts";
import type { Codec } from "./model.ts";

type Format = Readonly<{ name: string; clockRate: number; channels: number }>;

const RTPMAP = /^(\d{1,3}) ([^\s/]{1,64})\/(\d{1,9})(?:\/(\d{1,3}))?$/;
const FMTP = /^(\d{1,3}) (.*)$/;
const RTCP_FB = /^(\d{1,3}|\*) (.{1,128})$/;
const MAX_FEEDBACK = 32;
/** Formats that need no rtpmap (RFC 3551 §6). */
const STATIC_FORMATS: ReadonlyMap<number, Format> = new Map([
  [0, { name: "PCMU", clockRate: 8_000, channels: 1 }],
  [8, { name: "PCMA", clockRate: 8_000, channels: 1 }],
  [9, { name: "G722", clockRate: 8_000, channels: 1 }],
  [13, { name: "CN", clockRate: 8_000, channels: 1 }],
]);

/** In the order of the m= line. Formats without a meaning are left out. */
export function parseCodecs(level: Level, formats: string): readonly Codec[] {
  const types = payloadTypes(formats);
  const maps = formatMaps(level);
  const parameters = formatParameters(level);
  const feedback = feedbackByType(level);
  const rtx = new Map<number, number>();
  for (const type of types) {
    if (maps.get(type)?.name.toLowerCase() !== "rtx") continue;
    const repeated = Number(fmtpParameters(parameters.get(type) ?? "").get("apt") ?? Number.NaN);
    if (!rtx.has(repeated)) rtx.set(repeated, type);
  }
  return types.flatMap((payloadType) => {
    const format = maps.get(payloadType) ?? STATIC_FORMATS.get(payloadType);
    if (format === undefined || format.name.toLowerCase() === "rtx") return [];
    const own = feedback.get(String(payloadType)) ?? [];
    const all = [...new Set([...own, ...(feedback.get("*") ?? [])])].slice(0, MAX_FEEDBACK);
    const codec = { payloadType, ...format, fmtp: parameters.get(payloadType) ?? "", feedback: all };
    const rtxPayloadType = rtx.get(payloadType);
    return [rtxPayloadType === undefined ? codec : { ...codec, rtxPayloadType }];
  });
}

/** The parameters of an fmtp text by lower-case name. One without "=" has the value "". */
export function fmtpParameters(fmtp: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of fmtp.split(";")) {
    const text = part.trim();
    if (text === "") continue;
    const equals = text.indexOf("=");
    const name = (equals < 0 ? text : text.slice(0, equals)).trim().toLowerCase();
    parameters.set(name, equals < 0 ? "" : text.slice(equals + 1).trim());
  }
  return parameters;
}

function payloadTypes(formats: string): readonly number[] {
  const types = new Set<number>();
  for (const format of formats.split(" ")) {
    if (/^\d{1,3}$/.test(format) && Number(format) <= 127) types.add(Number(format));
  }
  return [...types];
}

function formatMaps(level: Level): ReadonlyMap<number, Format> {
  const maps = new Map<number, Format>();
  for (const { value } of level.all("rtpmap")) {
    const [, type, name = "", clockRate, channels = "1"] = RTPMAP.exec(value) ?? [];
    if (type === undefined) continue;
    maps.set(Number(type), { name, clockRate: Number(clockRate), channels: Number(channels) });
  }
  return maps;
}

/** Several lines for one format count as one. */
function formatParameters(level: Level): ReadonlyMap<number, string> {
  const parameters = new Map<number, string>();
  for (const { value } of level.all("fmtp")) {
    const [, type, text = ""] = FMTP.exec(value) ?? [];
    if (type === undefined) continue;
    const known = parameters.get(Number(type));
    parameters.set(Number(type), known === undefined ? text : `${known};${text}`);
  }
  return parameters;
}

/** By payload type; `*` holds for all. */
function feedbackByType(level: Level): ReadonlyMap<string, readonly string[]> {
  const feedback = new Map<string, string[]>();
  for (const { value } of level.all("rtcp-fb")) {
    const [, type, text = ""] = RTCP_FB.exec(value) ?? [];
    if (type === undefined) continue;
    const list = feedback.get(type) ?? [];
    feedback.set(type, list);
    if (list.length < MAX_FEEDBACK) list.push(text.trim().replaceAll(/ +/g, " "));
  }
  return feedback;
}
