/** Queues of recordings and what their jobs carry. */

/** Thumbnail and storyboard of a recording that has become complete. */
export const FINISH = "recording.finish";
/** The MP4 file of a recording. */
export const MP4 = "recording.mp4";
/** Removes recordings that are older than their channels keep them. */
export const EXPIRE = "recording.expire";
/** Removes blobs that nobody names any more. */
export const TRASH = "blobs.trash";

export type RecordingJob = Readonly<{ recordingId: string }>;
