/** Stream keys: how they are made, stored and found. The key itself exists in clear only in the answer to a person and in the encoder. */
import type { KeySlot } from "@rostrum/contract/channels";
import { newSecret } from "../../lib/ids.ts";
import type { Secrets } from "../../lib/secrets.ts";

/** The stored form of a key: a keyed hash for the look-up, a sealed copy for reveal, the end for recognition. */
export type StoredKey = Readonly<{ lookup_hash: string; sealed: string; last4: string }>;

const sealContext = (channelId: string, slot: KeySlot): string => `stream_key:${channelId}:${slot}`;

/** A new key and what of it is stored. `rk_` and 32 characters of base 32 (160 random bits). */
export function createStreamKey(
  secrets: Secrets,
  channelId: string,
  slot: KeySlot,
): { key: string; stored: StoredKey } {
  const key = `rk_${newSecret(20)}`;
  const stored = {
    lookup_hash: streamKeyHash(secrets, key),
    sealed: secrets.seal(key, sealContext(channelId, slot)),
    last4: key.slice(-4),
  };
  return { key, stored };
}

/** What a presented key is looked up by. */
export function streamKeyHash(secrets: Secrets, key: string): string {
  return secrets.lookupHash("stream_key", key);
}

/**
 * How an encoder connects by SRT and encrypts: the name stands in its stream id, which travels in clear, and is worth nothing
 * without the passphrase. Both follow from the key and change with it.
 */
export function srtCredential(secrets: Secrets, key: string): { name: string; passphrase: string } {
  return {
    name: `srt_${secrets.lookupHash("srt_name", key).slice(0, 24)}`,
    passphrase: secrets.lookupHash("srt_passphrase", key).slice(0, 32),
  };
}

/** @throws {Error} when the row was sealed for another channel or slot, or by another installation */
export function openStreamKey(secrets: Secrets, channelId: string, slot: KeySlot, sealed: string): string {
  return secrets.unseal(sealed, sealContext(channelId, slot));
}

/** Dots and the last four characters. */
export function maskStreamKey(last4: string): string {
  return `${"•".repeat(12)}${last4}`;
}
