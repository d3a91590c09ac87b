/** A short sound for what calls the reader: their name, or an answer to what they wrote. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { useEffect, useRef } from "react";
import { mentions } from "./text-pieces.ts";
import type { Chat } from "./use-chat.ts";

/** Not more often: a chat that calls somebody all the time is no alarm. */
const PAUSE_MS = 5000;
const LENGTH_SEC = 0.25;

/** `chat` null: switched off. What stood there when the page was opened is silent. */
export function useMentionSound(chat: Chat | null): void {
  const last = useRef<string | null>(null);
  const soundedAt = useRef(-PAUSE_MS);
  const messages = chat?.state.gate.shown;
  const reader = chat?.reader ?? null;
  useEffect(() => {
    const newest = messages?.at(-1)?.id ?? null;
    const before = last.current;
    last.current = newest;
    if (messages === undefined || reader === null || before === null || newest === before) return;
    const at = messages.findLastIndex(({ id }) => id === before);
    // A whole new state after a break: nobody is startled by what was said meanwhile.
    if (at === -1) return;
    const came = messages.slice(at + 1);
    if (!came.some((message) => calls(message, reader))) return;
    if (performance.now() - soundedAt.current < PAUSE_MS) return;
    soundedAt.current = performance.now();
    playChime();
  }, [messages, reader]);
}

function calls({ author, text, replyTo, state }: ChatMessage, reader: NonNullable<Chat["reader"]>): boolean {
  if (state !== "visible" || author?.id === reader.id) return false;
  return replyTo?.author?.id === reader.id || mentions(text, reader.handle);
}

/** Two soft tones. Silent where the browser does not let the page sound yet. */
export function playChime(): void {
  const audio = new AudioContext();
  if (audio.state === "suspended") return void audio.close();
  const gain = audio.createGain();
  const tone = audio.createOscillator();
  tone.frequency.setValueAtTime(660, audio.currentTime);
  tone.frequency.setValueAtTime(880, audio.currentTime + LENGTH_SEC / 2);
  gain.gain.setValueAtTime(0.08, audio.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + LENGTH_SEC);
  tone.connect(gain).connect(audio.destination);
  tone.addEventListener("ended", () => void audio.close());
  tone.start();
  tone.stop(audio.currentTime + LENGTH_SEC);
}
