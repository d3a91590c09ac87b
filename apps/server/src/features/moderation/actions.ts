/** The actions of moderation, the same over the socket and over HTTP. */
import {
  AnswerBody,
  AppealBody,
  BanBody,
  DecideBody,
  NoteBody,
  TimeoutBody,
  UnbanBody,
  UndoBody,
  WarnBody,
} from "@rostrum/contract/moderation";
import type { Context } from "../../context.ts";
import { action, type Action } from "../../http/realtime-rules.ts";
import { answer, writeAppeal } from "./appeals.ts";
import { ban, timeOut, unban } from "./ban-acts.ts";
import type { ChatDoor } from "./chat-door.ts";
import type { Desk } from "./desk.ts";
import { approve, dismiss, keep, note, warn } from "./message-acts.ts";
import { undo } from "./undo.ts";

/** @param now turned by tests */
export function moderationActions(
  ctx: Context,
  chat: ChatDoor,
  now: () => Date = () => new Date(),
): Readonly<Record<string, Action>> {
  const desk: Desk = { ctx, chat, now };
  return {
    "moderation.timeout": action(TimeoutBody, (caller, body, sendId) => timeOut(desk, caller, body, sendId)),
    "moderation.ban": action(BanBody, (caller, body, sendId) => ban(desk, caller, body, sendId)),
    "moderation.unban": action(UnbanBody, (caller, body, sendId) => unban(desk, caller, body, sendId)),
    "moderation.warn": action(WarnBody, (caller, body, sendId) => warn(desk, caller, body, sendId)),
    "moderation.note": action(NoteBody, (caller, body, sendId) => note(desk, caller, body, sendId)),
    "moderation.approve": action(DecideBody, (caller, body, sendId) => approve(desk, caller, body, sendId)),
    "moderation.dismiss": action(DecideBody, (caller, body, sendId) => dismiss(desk, caller, body, sendId)),
    "moderation.keep": action(DecideBody, (caller, body, sendId) => keep(desk, caller, body, sendId)),
    "moderation.undo": action(UndoBody, (caller, body, sendId) => undo(desk, caller, body, sendId)),
    "moderation.appeal": action(AppealBody, (caller, body, sendId) => writeAppeal(desk, caller, body, sendId)),
    "moderation.answer": action(AnswerBody, (caller, body, sendId) => answer(desk, caller, body, sendId)),
  };
}
