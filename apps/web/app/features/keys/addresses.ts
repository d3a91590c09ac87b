/** Addresses with a key in them, as encoders want them. Pure. */
import type { RevealedKey } from "@rostrum/contract/channels";

/** What OBS Studio and FFmpeg take as one address. FFmpeg and OBS count the latency in microseconds: 200 ms. */
const SRT_LATENCY_US = 200_000;

/** Encrypted. OBS: into Server, with an empty Stream Key. */
export function srtAddress(server: string, { streamId, passphrase }: RevealedKey["srt"]): string {
  return `${server}?streamid=${streamId}&passphrase=${passphrase}&latency=${SRT_LATENCY_US}`;
}

/** Where a page or program sends WebM or MP4 to. */
export function websocketAddress(server: string, key: string): string {
  return `${server}/${key}`;
}
