/** What other features may ask of moderation. It asks nothing of the chat here: the chat asks it before every message. */
export type { ChatChange, ChatDoor, ModeratedMessage } from "./chat-door.ts";
export { log, tellLogged } from "./log.ts";
export { banRefusal, requireNotBanned, screen } from "./screen.ts";
