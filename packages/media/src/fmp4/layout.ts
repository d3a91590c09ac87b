/** Numbers that writer and reader of fragments share. ISO/IEC 14496-12 §8.8. */

/** Every file that is written has this one track. */
export const TRACK_ID = 1;

/** sample_flags of a sample that depends on none, and of one that depends on others and is no sync sample. §8.8.3.1. */
export const SYNC_FLAGS = 0x0200_0000;
export const NON_SYNC_FLAGS = 0x0101_0000;
/** sample_is_non_sync_sample. */
export const NON_SYNC_BIT = 0x0001_0000;

/** tf_flags. §8.8.7. */
export const TFHD = {
  baseDataOffset: 0x01,
  sampleDescriptionIndex: 0x02,
  defaultDuration: 0x08,
  defaultSize: 0x10,
  defaultFlags: 0x20,
  durationIsEmpty: 0x01_0000,
  defaultBaseIsMoof: 0x02_0000,
} as const;

/** tr_flags. §8.8.8. */
export const TRUN = {
  dataOffset: 0x001,
  firstFlags: 0x004,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  compositionOffset: 0x800,
} as const;
