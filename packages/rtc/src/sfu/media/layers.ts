/** Which encoding of a publication fits a wish. Pure. */
import type { LayerInfo, Quality, TrackKind, TrackSettings } from "./types.ts";

/** What is assumed of a layer before its bitrate is announced or measured: LOW, MEDIUM, HIGH. */
const TYPICAL_BPS = [180_000, 500_000, 1_700_000] as const;
/** Of sound, and while it is silent: it may begin to speak at any moment. */
const TYPICAL_AUDIO_BPS = 40_000;

/**
 * The smallest quality whose picture covers the size at which it is shown. The shorter sides are compared, so that a tile which
 * crops the picture still gets enough lines. HIGH when no layer is large enough or the sizes are unknown.
 */
export function qualityForSize(layers: readonly LayerInfo[], width: number, height: number): Quality {
  const wanted = Math.min(width, height);
  let best: LayerInfo | undefined;
  for (const layer of layers) {
    const lines = Math.min(layer.width, layer.height);
    if (lines >= wanted && lines > 0 && (best === undefined || layer.quality < best.quality)) best = layer;
  }
  return best?.quality ?? 2;
}

/** What a subscriber wants: by size when adaptive stream measured one, else by name; "off" when disabled. */
export function wantedOf(settings: TrackSettings, layers: readonly LayerInfo[]): Quality | "off" {
  if (settings.disabled) return "off";
  if (settings.width > 0 && settings.height > 0) return qualityForSize(layers, settings.width, settings.height);
  return settings.quality;
}

/** How many pixels a wish means, to compare tracks by; guesses from the layer when no size was given. */
export function wantedPixels(settings: TrackSettings, layers: readonly LayerInfo[]): number {
  if (settings.width > 0 && settings.height > 0) return settings.width * settings.height;
  const layer = layers.findLast((one) => one.quality <= settings.quality) ?? layers[0];
  return layer === undefined ? 0 : layer.width * layer.height;
}

/** Bits per second to reckon with for a layer: measured when it flows, else as announced, else what is usual. */
export function layerCostBps(kind: TrackKind, info: LayerInfo, measuredBps: number): number {
  if (kind === "audio") return Math.max(TYPICAL_AUDIO_BPS, measuredBps);
  if (measuredBps > 0) return measuredBps;
  return info.bitrateBps > 0 ? info.bitrateBps : TYPICAL_BPS[info.quality];
}

/** Layers by rising quality, at most three; a publication that announced none has one without a name. */
export function orderedLayers(layers: readonly LayerInfo[]): readonly LayerInfo[] {
  if (layers.length === 0) return [{ rid: "", quality: 2, width: 0, height: 0, bitrateBps: 0 }];
  return layers.toSorted((a, b) => a.quality - b.quality).slice(0, MAX_LAYERS);
}

/** Simulcast encodings of one publication, as livekit-client sends them (q, h, f). */
export const MAX_LAYERS = 3;
