/** What other features may ask for: pictures out of stored media. */
export { pictureAt } from "./picture-at.ts";
