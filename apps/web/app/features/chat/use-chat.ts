/** The chat of a show: what is shown now, and what the reader can do. */
import type { Client } from "@rostrum/client/client";
import type { ApiError } from "@rostrum/client/api-error";
import { randomId } from "@rostrum/client/random-id";
import type { ChatEvent, ChatMessage, ChatSnapshot } from "@rostrum/contract/chat";
import type { ChatColor } from "@rostrum/contract/chat-colors";
import { useEffect, useMemo } from "react";
import type { PictureClock } from "../../lib/picture-clock.ts";
import type { TopicReducer, TopicStore } from "../../lib/realtime/topic-store.ts";
import { useFollowed, useSend, useTopicStore } from "../../lib/realtime/use-topic.ts";
import { useMe } from "../../lib/session.ts";
import { isFarBack, withPast } from "./chat-past.ts";
import * as chat from "./chat-state.ts";
import { createReplay } from "./replay.ts";

export type ChatApi = Pick<Client, "chat">;

type Send = ReturnType<typeof useSend>;

/** Every one rejects with `ApiError`, whose message is the sentence to show. */
export interface ChatActions {
  /** Stands in the list at once, and is taken away when it is refused. */
  say(text: string, replyTo: ChatMessage | null, isAnnouncement: boolean): Promise<ChatMessage>;
  react(messageId: string, emote: string, isOn: boolean): Promise<void>;
  /** The reader's own, in all chats. */
  setColor(color: ChatColor): Promise<void>;
  /** Any other action by its name, such as `chat.pin`. */
  act(action: string, body: unknown): Promise<unknown>;
  /** True: the reader has scrolled up. */
  setReading(isReading: boolean): void;
  setShowsAll(showsAll: boolean): void;
  /** False: there is nothing older. */
  loadOlder(): Promise<boolean>;
}

export type Chat = Readonly<{
  phase: "loading" | "ready" | "refused";
  broadcastId: string;
  refusal: ApiError | null;
  state: chat.ChatState;
  reader: chat.Reader | null;
  actions: ChatActions;
}>;

export type ChatOptions = Readonly<{
  api: ChatApi;
  broadcastId: string;
  /** Left out: chat does not follow a picture. */
  clock?: PictureClock | null;
  token?: string | undefined;
}>;

const RATE_MS = 1000;
const OLDER = 100;
/** Every bit of scrolling asks for older ones: after a failure not at once again. */
const OLDER_AGAIN_MS = 4000;
const PAST = 200;

export function useChat({ api, broadcastId, clock = null, token }: ChatOptions): Chat {
  // The same reader for as long as nothing of them changes: another one begins the chat anew.
  const { id = null, handle = "", displayName = "" } = useMe() ?? {};
  const reader = useMemo(() => (id === null ? null : { id, handle, displayName }), [id, handle, displayName]);
  const reducer = useMemo(() => reducerFor(reader), [reader]);
  const store = useTopicStore(`chat:${broadcastId}`, reducer, token);
  const followed = useFollowed(store);
  const send = useSend();
  useClock(store, clock);
  useFarBack({ api, broadcastId, store, clock, token });
  const actions = useMemo(
    () => actionsOf({ api, broadcastId, store, send, clock, token }),
    [api, broadcastId, store, send, clock, token],
  );
  return { ...followed, broadcastId, reader, actions };
}

function reducerFor(reader: chat.Reader | null): TopicReducer<chat.ChatState> {
  return {
    initial: chat.EMPTY_CHAT,
    reset: (snapshot, before) => chat.resetChat(before, snapshot as ChatSnapshot),
    apply: (state, events) => chat.applyEvents(state, events as readonly ChatEvent[], reader, performance.now()),
  };
}

function useClock(store: TopicStore<chat.ChatState>, clock: PictureClock | null): void {
  useEffect(() => {
    const tell = (): void => store.change((state) => chat.followPicture(state, clock?.atMs() ?? null));
    tell();
    const stop = clock?.subscribe(tell);
    const timer = setInterval(() => store.change((state) => chat.letRateFade(state, performance.now())), RATE_MS);
    return () => {
      stop?.();
      clearInterval(timer);
    };
  }, [store, clock]);
}

/** What was said around a picture that lies before all that is known: of a viewer who went back in a long show. */
function useFarBack({ api, broadcastId, store, clock, token }: Omit<Parts, "send">): void {
  useEffect(() => {
    if (clock === null) return;
    const replay = createReplay((range, signal) =>
      api.chat.history(broadcastId, { ...range, limit: PAST, token }, { signal }),
    );
    const take = (): void =>
      store.change((state) => (isFarBack(state) ? withPast(state, replay.state().shown) : state));
    const move = (): void => {
      const { state } = store.state();
      if (state.gate.atMs === null || !isFarBack(state)) return;
      replay.moveTo(state.gate.atMs);
      take();
    };
    const stops = [replay.subscribe(take), clock.subscribe(move)];
    return () => {
      for (const stop of stops) stop();
      replay.close();
    };
  }, [api, broadcastId, store, clock, token]);
}

type Parts = Readonly<{
  api: ChatApi;
  broadcastId: string;
  store: TopicStore<chat.ChatState>;
  send: Send;
  clock: PictureClock | null;
  token: string | undefined;
}>;

function actionsOf({ api, broadcastId, store, send, clock, token }: Parts): ChatActions {
  let older: Promise<boolean> | undefined;
  // The very first message, once it was found.
  let firstId: string | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  const loadOlder = async (): Promise<boolean> => {
    const { state: known } = store.state();
    // What is older than all that is known is newer than a picture that lies before that.
    if (isFarBack(known)) return false;
    const before = chat.oldestId(known);
    if (before === null || before === firstId || performance.now() - failedAtMs < OLDER_AGAIN_MS) return false;
    const page = await api.chat.history(broadcastId, { limit: OLDER, before, token }).catch((error: unknown) => {
      failedAtMs = performance.now();
      throw error;
    });
    if (page.nextCursor === null) firstId = page.items.at(-1)?.id ?? before;
    store.change((state) => chat.withOlder(state, page.items.toReversed()));
    return page.nextCursor !== null;
  };
  return {
    async say(text, replyTo, isAnnouncement) {
      const key = randomId();
      store.change((state) => chat.sending(state, { key, text, replyTo }));
      try {
        const atMs = clock?.atMs() ?? null;
        const message = await send<ChatMessage>("chat.send", {
          broadcastId,
          text,
          ...(replyTo === null ? {} : { replyTo: replyTo.id }),
          ...(atMs === null ? {} : { mediaTimeMs: atMs }),
          ...(isAnnouncement ? { announcement: true } : {}),
        });
        store.change((state) => chat.settled(state, key, message));
        return message;
      } catch (error) {
        store.change((state) => chat.settled(state, key, null));
        throw error;
      }
    },
    async react(messageId, emote, isOn) {
      store.change((state) => chat.reacted(state, messageId, emote, isOn));
      try {
        const action = isOn ? "chat.react" : "chat.unreact";
        const reactions = await send<ChatMessage["reactions"]>(action, { messageId, emote });
        // Of messages from long ago the page does not know which reactions are the reader's own: it may have counted wrong.
        store.change((state) =>
          chat.applyEvents(state, [{ type: "chat.reactions", id: messageId, reactions }], null, 0),
        );
      } catch (error) {
        store.change((state) => chat.reacted(state, messageId, emote, !isOn));
        throw error;
      }
    },
    async setColor(color) {
      await send("chat.color", { color });
      store.change((state) => chat.recolored(state, color));
    },
    act: (action, body) => send(action, body),
    setReading: (isReading) => store.change((state) => chat.reading(state, isReading)),
    setShowsAll: (showsAll) => store.change((state) => ({ ...state, showsAll })),
    loadOlder: () => (older ??= loadOlder().finally(() => (older = undefined))),
  };
}
