/** What a WHIP or WHEP client trickles: ICE credentials and candidates, as `application/trickle-ice-sdpfrag`. RFC 8840 §4.4, §9. */

/** `candidates` without `a=`; `iceUfrag` and `icePwd` undefined where the fragment does not say them. */
export type IceFragment = Readonly<{
  iceUfrag: string | undefined;
  icePwd: string | undefined;
  candidates: readonly string[];
  /** Nothing more will come. */
  endOfCandidates: boolean;
}>;

const MAX_CHARS = 64 * 1024;
const MAX_CANDIDATES = 64;

/** Undefined: too long, or not a fragment. Sections are not told apart: all of a bundle share one transport. */
export function parseIceFragment(text: string): IceFragment | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const candidates: string[] = [];
  let iceUfrag: string | undefined;
  let icePwd: string | undefined;
  let endOfCandidates = false;
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("m=") || /^[bcs-v]=/.test(line)) continue;
    if (!line.startsWith("a=")) return undefined;
    const attribute = line.slice(2).trimEnd();
    if (attribute.startsWith("ice-ufrag:")) iceUfrag ??= attribute.slice("ice-ufrag:".length);
    else if (attribute.startsWith("ice-pwd:")) icePwd ??= attribute.slice("ice-pwd:".length);
    else if (attribute === "end-of-candidates") endOfCandidates = true;
    else if (attribute.startsWith("candidate:") && candidates.length < MAX_CANDIDATES) candidates.push(attribute);
  }
  return { iceUfrag, icePwd, candidates, endOfCandidates };
}
