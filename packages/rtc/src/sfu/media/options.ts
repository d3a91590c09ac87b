/** What a subscriber could be sent of a publication right now. Pure. */
import { layerCostBps } from "./layers.ts";
import type { Publication } from "./publication.ts";
import type { WantedQuality } from "./types.ts";
import { rank } from "./wanted-quality.ts";

/** All temporal layers. */
export const ALL_TEMPORAL = 3;
/** The base temporal layer is a choice of its own only if it saves something. */
const WORTH = 0.8;

/** One layer, whole or with its lowest temporal layer only. */
export type Option = Readonly<{ layer: number; temporal: number; costBps: number }>;

/**
 * By rising cost: the layers that flow, up to the wanted quality; the lowest of them also thinned out in time, where it can be. When
 * only better ones flow than was asked for, the lowest of those. Empty when nothing flows, is muted, or is wanted.
 */
export function optionsOf(publication: Publication, wanted: WantedQuality, nowMs: number): Option[] {
  if (wanted === "off" || publication.muted) return [];
  const live = publication.layers.map((_, index) => index).filter((index) => publication.isLive(index));
  const fitting = live.filter((index) => (publication.layers[index]?.info.quality ?? 0) <= rank(wanted));
  const usable = fitting.length > 0 ? fitting : live.slice(0, 1);
  return usable.flatMap((layer, place) => optionsOfLayer(publication, layer, place === 0, nowMs));
}

function optionsOfLayer(publication: Publication, index: number, lowest: boolean, nowMs: number): Option[] {
  const layer = publication.layers[index];
  if (layer === undefined) return [];
  const costBps = layerCostBps(publication.kind, layer.info, layer.rate.bps(nowMs));
  const whole: Option = { layer: index, temporal: ALL_TEMPORAL, costBps };
  const baseBps = lowest ? layer.baseRate.bps(nowMs) : 0;
  if (baseBps === 0 || baseBps > costBps * WORTH) return [whole];
  return [{ layer: index, temporal: 0, costBps: baseBps }, whole];
}

/** Which option is in use: by layer and, among two of the same, by temporal layer; the one below when it is not offered any more. */
export function currentOption(options: readonly Option[], layer: number, temporal: number): number {
  return options.findLastIndex((one) => one.layer < layer || (one.layer === layer && one.temporal <= temporal));
}
