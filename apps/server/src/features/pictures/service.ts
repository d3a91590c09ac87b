/** What other features may ask for: pictures out of stored media. */
export { pictureAt } from "./picture-at.ts";
export { makeStoryboard, type Moment } from "./storyboard.ts";
export type { Still } from "./tiles.ts";
