/** Reads session descriptions as WebRTC peers write them: one bundled transport, sections in order. */
import { MalformedError, UnsupportedError } from "@rostrum/media/errors";
import { readLevels, SDP_SPEC, shown, type Attribute, type Level } from "./lines.ts";
import {
  taggedSection,
  type Fingerprint,
  type Section,
  type SessionDescription,
  type Setup,
  type Transport,
} from "./model.ts";
import { parseSection } from "./parse-section.ts";

const MAX_CANDIDATES = 64;
const ORIGIN = /^\S+ (\d{1,20}) (\d{1,20}) \S+ \S+ \S+$/;
const ICE_UFRAG = /^[\x21-\x7e]{4,256}$/;
const ICE_PWD = /^[\x21-\x7e]{22,256}$/;
const HASH_BYTES = { "sha-256": 32, "sha-384": 48, "sha-512": 64 } as const;
const HEX_PAIRS = /^[0-9A-F]{2}(?::[0-9A-F]{2})*$/;

/**
 * @throws {MalformedError} not a session description, or without what ICE and DTLS need
 * @throws {UnsupportedError} without a certificate fingerprint of a kind that we take
 * @throws {ProtocolViolation} larger than we read
 */
export function parseSdp(text: string): SessionDescription {
  const { session, origin, sections: levels } = readLevels(text);
  const sections = levels.map((level) => parseSection(level, session));
  requireDistinctMids(sections, levels);
  const bundle = parseBundle(session);
  const level = levels[taggedSection(sections, bundle)];
  if (level === undefined) throw new MalformedError("no section is open", 0, SDP_SPEC);
  const [, sessionId = "0", sessionVersion = "0"] = ORIGIN.exec(origin.value) ?? [];
  return {
    sessionId,
    sessionVersion,
    bundle,
    transport: parseTransport(level, session),
    extmapAllowMixed: [session, ...levels].some((each) => each.has("extmap-allow-mixed")),
    sections,
  };
}

function requireDistinctMids(sections: readonly Section[], levels: readonly Level[]): void {
  const seen = new Set<string>();
  for (const [index, { mid }] of sections.entries()) {
    if (mid === "") continue;
    if (seen.has(mid)) {
      throw new MalformedError(`two sections with mid ${shown(mid)}`, levels[index]?.head.offset ?? 0, "RFC 5888 §4");
    }
    seen.add(mid);
  }
}

function parseBundle(session: Level): readonly string[] {
  for (const { value } of session.all("group")) {
    const [semantics, ...mids] = value.split(/ +/);
    if (semantics === "BUNDLE") return mids;
  }
  return [];
}

function parseTransport(level: Level, session: Level): Transport {
  const inherited = (name: string): Attribute | undefined => level.first(name) ?? session.first(name);
  const { offset } = level.head;
  const iceUfrag = inherited("ice-ufrag")?.value ?? "";
  const icePwd = inherited("ice-pwd")?.value ?? "";
  if (!ICE_UFRAG.test(iceUfrag))
    throw new MalformedError("no ice-ufrag of 4 to 256 characters", offset, "RFC 8839 §5.4");
  if (!ICE_PWD.test(icePwd)) throw new MalformedError("no ice-pwd of 22 to 256 characters", offset, "RFC 8839 §5.4");
  const candidates = level.all("candidate").slice(0, MAX_CANDIDATES);
  return {
    iceUfrag,
    icePwd,
    // libdatachannel parts them by commas.
    iceOptions:
      inherited("ice-options")
        ?.value.split(/[ ,]+/)
        .filter((option) => option !== "") ?? [],
    iceLite: session.has("ice-lite"),
    fingerprint: parseFingerprint([...level.all("fingerprint"), ...session.all("fingerprint")], offset),
    setup: parseSetup(inherited("setup")),
    candidates: candidates.map(({ value }) => `candidate:${value}`),
    endOfCandidates: level.has("end-of-candidates") || session.has("end-of-candidates"),
  };
}

/** The first that we can check. All of a section's fingerprints are of the same certificate (RFC 8122 §5.1). */
function parseFingerprint(attributes: readonly Attribute[], offset: number): Fingerprint {
  const [first] = attributes;
  if (first === undefined) throw new MalformedError("no fingerprint: media must be encrypted", offset, "RFC 8122 §5");
  for (const { value } of attributes) {
    const [name = "", hex = ""] = value.split(/ +/);
    const algorithm = name.toLowerCase();
    if (!isKnownHash(algorithm)) continue;
    const digits = hex.toUpperCase();
    if (digits.length === HASH_BYTES[algorithm] * 3 - 1 && HEX_PAIRS.test(digits)) return { algorithm, value: digits };
  }
  const accepted = Object.keys(HASH_BYTES).join(", ");
  throw new UnsupportedError(
    `the fingerprint ${shown(first.value)} is not one of ${accepted} in hex pairs with colons`,
  );
}

function isKnownHash(name: string): name is Fingerprint["algorithm"] {
  return Object.hasOwn(HASH_BYTES, name);
}

function parseSetup(attribute: Attribute | undefined): Setup {
  const value = attribute?.value ?? "actpass";
  if (value === "actpass" || value === "active" || value === "passive") return value;
  throw new UnsupportedError(`setup ${shown(value)}; actpass, active or passive is taken`);
}
