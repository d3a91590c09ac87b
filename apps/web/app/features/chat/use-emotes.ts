/** The channel's emotes, where no chat is followed that tells them. */
import { useEffect, useState } from "react";
import type { ChatApi } from "./use-chat.ts";

const NONE: ReadonlyMap<string, string> = new Map();

/** Addresses by name; none until they are known. Without them their names are shown. */
export function useChannelEmotes(api: ChatApi, channelId: string): ReadonlyMap<string, string> {
  const [emotes, setEmotes] = useState(NONE);
  useEffect(() => {
    const leaving = new AbortController();
    api.chat.emotes(channelId, { signal: leaving.signal }).then(
      ({ items }) => setEmotes(new Map(items.map(({ name, url }) => [name, url]))),
      // The names stand for them.
      () => undefined,
    );
    return () => leaving.abort();
  }, [api, channelId]);
  return emotes;
}
