/** What other features may ask of the chat. */
export { chatActivity } from "./activity.ts";
export { chatDoor } from "./door.ts";
export { mediaTimeOf } from "./media-time.ts";
export { createDesk } from "./send.ts";
