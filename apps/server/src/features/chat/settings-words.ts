/** What people in a chat are told when its rules change. Pure. */
import type { ChatMode, ChatSettings } from "@rostrum/contract/chat";

const MODES: Readonly<Record<ChatMode, string>> = {
  everybody: "Everybody may write.",
  registered: "Only accounts that are old enough may write.",
  followers: "Only followers of the channel may write.",
  emotes: "Only emoji and emotes may be sent.",
  off: "The chat is off.",
};

/** Null when there is nothing that they need to know. */
export function settingsSentence(before: ChatSettings, after: ChatSettings): string | null {
  const said: string[] = [];
  if (before.mode !== after.mode) said.push(MODES[after.mode]);
  const { slowModeSec: sec } = after;
  if (before.slowModeSec !== sec) said.push(sec === 0 ? "Slow mode is off." : `Slow mode: one message every ${sec} s.`);
  return said.length === 0 ? null : said.join(" ");
}
