/**
 * Overlay tokens: let a layer over somebody's picture read along in one broadcast that is not for everybody. They open nothing that is
 * played. `<expiry>.<HMAC-SHA-256>`.
 */
import { timingSafeEqual } from "node:crypto";
import type { Secrets } from "../../lib/secrets.ts";

/** Layers are set up days before a show, and may stay for a series of rehearsals. */
const TTL_MS = 30 * 86_400_000;
const FORM = /^([0-9a-z]{1,9})\.([0-9a-f]{64})$/;

export function signOverlayToken(
  secrets: Secrets,
  broadcastId: string,
  nowMs: number,
): { token: string; expiresAt: Date } {
  const expiresSec = Math.floor((nowMs + TTL_MS) / 1000);
  const token = `${expiresSec.toString(36)}.${mac(secrets, broadcastId, expiresSec)}`;
  return { token, expiresAt: new Date(expiresSec * 1000) };
}

/** False for another broadcast's, an expired, or a made-up one. */
export function isOverlayToken(secrets: Secrets, token: string, broadcastId: string, nowMs: number): boolean {
  const [, expiry, given] = FORM.exec(token) ?? [];
  if (expiry === undefined || given === undefined) return false;
  const expiresSec = Number.parseInt(expiry, 36);
  if (expiresSec * 1000 <= nowMs) return false;
  return timingSafeEqual(Buffer.from(mac(secrets, broadcastId, expiresSec)), Buffer.from(given));
}

function mac(secrets: Secrets, broadcastId: string, expiresSec: number): string {
  return secrets.lookupHash("overlay", `${broadcastId}.${expiresSec}`);
}
