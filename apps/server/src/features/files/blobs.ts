/** Where the bytes of an uploaded video are. */

/** All blobs of one file are below it. */
export const prefixOf = (fileId: string): string => `files/${fileId}/`;

/** `original` is gone once `video` is there. */
export const blobKeys = (fileId: string): Readonly<{ original: string; video: string; picture: string }> => ({
  original: `${prefixOf(fileId)}original`,
  video: `${prefixOf(fileId)}video.flv`,
  picture: `${prefixOf(fileId)}picture.jpg`,
});
