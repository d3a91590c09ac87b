/** The numbered sample aspect ratios that H.264 and H.265 share. */

/** aspect_ratio_idc → [width, height]; 0 is unspecified, 255 (explicit) is not in the table. H.264 table E-1, H.265 table E.1. */
export const SAMPLE_ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
