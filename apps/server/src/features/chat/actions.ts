/** The chat's actions, the same over the socket and over HTTP. */
import {
  ChatColorBody,
  ChatDeleteBody,
  ChatHighlightBody,
  ChatPinBody,
  ChatReactBody,
  ChatReportBody,
  ChatSendBody,
  ChatUnpinBody,
} from "@rostrum/contract/chat";
import { action, type RealtimeRules } from "../../http/realtime-rules.ts";
import { chooseColor, deleteMessage, highlight, pin, react, report, unpin, unreact } from "./act.ts";
import { type Desk, sendMessage } from "./send.ts";

/** All but `chat.send` may be done twice without harm by themselves. */
export function chatActions(desk: Desk): RealtimeRules["actions"] {
  return {
    "chat.send": action(ChatSendBody, (caller, body, sendId) => sendMessage(desk, caller, body, sendId)),
    "chat.react": action(ChatReactBody, (caller, body) => react(desk, caller, body)),
    "chat.unreact": action(ChatReactBody, (caller, body) => unreact(desk, caller, body)),
    "chat.delete": action(ChatDeleteBody, (caller, body) => deleteMessage(desk, caller, body)),
    "chat.pin": action(ChatPinBody, (caller, body) => pin(desk, caller, body)),
    "chat.unpin": action(ChatUnpinBody, (caller, body) => unpin(desk, caller, body)),
    "chat.highlight": action(ChatHighlightBody, (caller, body) => highlight(desk, caller, body)),
    "chat.report": action(ChatReportBody, (caller, body) => report(desk, caller, body)),
    "chat.color": action(ChatColorBody, (caller, body) => chooseColor(desk, caller, body)),
  };
}
