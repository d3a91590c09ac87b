/** The chat as a layer over a picture, for OBS and its likes: no controls, no ground, nothing but what is said. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useComingBack } from "../../lib/overlay.ts";
import { cn } from "../../ui/cn.ts";
import { AuthorName } from "./AuthorName.tsx";
import { MessageText } from "./MessageText.tsx";
import type { OverlayOptions } from "./overlay-options.ts";
import { type ChatApi, useChat } from "./use-chat.ts";

const FADE_MS = 600;

/** `token` is an overlay or playback token, for shows that need one. */
export function ChatOverlay(props: {
  api: ChatApi;
  broadcastId: string;
  token: string | undefined;
  options: OverlayOptions;
}) {
  const { api, broadcastId, token, options } = props;
  const { t } = useTranslation();
  const { state, phase } = useChat({ api, broadcastId, token });
  useComingBack(phase === "refused");
  const { sizePx, direction, most, fadeSec } = options;
  const context = useMemo(() => ({ emotes: state.emotes, me: null }), [state.emotes]);
  const visible = state.gate.shown.filter(isShown).slice(-most);
  const nowMs = useTicking(fadeSec > 0);
  const seen = useFirstSeen(visible, nowMs);
  const lines = fadeSec === 0 ? visible : visible.filter(({ id }) => ageOf(seen, id, nowMs) < fadeSec * 1000 + FADE_MS);
  const inOrder = direction === "up" ? lines : lines.toReversed();
  return (
    <ol
      aria-label={t("chat:title")}
      className={cn("absolute inset-0 flex flex-col gap-1 overflow-hidden p-2", direction === "up" && "justify-end")}
      style={{ fontSize: sizePx, lineHeight: 1.3 }}
    >
      {inOrder.map((message) => (
        <li
          key={message.id}
          className={cn(
            "w-fit max-w-full animate-fade-in rounded-sm px-2 py-1 text-on-picture transition-opacity duration-500 wrap-anywhere",
            options.isPlain ? "[text-shadow:0_1px_3px_black]" : "bg-scrim",
            fadeSec > 0 && ageOf(seen, message.id, nowMs) >= fadeSec * 1000 && "opacity-0",
          )}
        >
          {message.author === null ? null : (
            <>
              <AuthorName author={message.author} />
              {": "}
            </>
          )}
          <MessageText text={message.text} context={context} linked={false} />
        </li>
      ))}
    </ol>
  );
}

const isShown = ({ state, kind }: ChatMessage): boolean => state === "visible" && kind !== "system";

const TICK_MS = 500;

/** Monotonic ms, renewed twice a second. */
function useTicking(isOn: boolean): number {
  const [nowMs, setNowMs] = useState(0);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setNowMs(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  return nowMs;
}

/** When each message was first drawn; those that are gone are forgotten. */
function useFirstSeen(messages: readonly ChatMessage[], nowMs: number): ReadonlyMap<string, number> {
  const [seen, setSeen] = useState<ReadonlyMap<string, number>>(new Map());
  const isSame = messages.length === seen.size && messages.every(({ id }) => seen.has(id));
  if (isSame) return seen;
  const next = new Map(messages.map(({ id }) => [id, seen.get(id) ?? nowMs]));
  setSeen(next);
  return next;
}

const ageOf = (seen: ReadonlyMap<string, number>, id: string, nowMs: number): number => nowMs - (seen.get(id) ?? nowMs);
