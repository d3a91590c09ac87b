/** Tells screen readers what is new in the chat, politely and not more than they can say. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Announcement, announce, cameSince, type SpeakMode } from "./announcing.ts";
import { mentions } from "./text-pieces.ts";

const EVERY_MS = 4000;

/** Outside of the list: what is told is not what is drawn. One's own messages are not told. */
export function Announcer(props: {
  messages: readonly ChatMessage[];
  /** They are those that there are. */
  isReady: boolean;
  mode: SpeakMode;
  readerId: string | null;
  handle: string | null;
}) {
  const { t } = useTranslation();
  const said = useAnnouncement(props);
  const lines = said?.lines.map(({ author, text }) =>
    author === "" ? text : t("chat:saidBy", { name: author, text }),
  );
  const more = said !== null && said.more > 0 ? [t("chat:unread", { count: said.more })] : [];
  return (
    <p aria-live="polite" className="sr-only">
      {[...(lines ?? []), ...more].join(". ")}
    </p>
  );
}

function useAnnouncement(props: Parameters<typeof Announcer>[0]): Announcement | null {
  const [said, setSaid] = useState<Announcement | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    let lastId: string | null = null;
    let hasBegun = false;
    const timer = setInterval(() => {
      const { messages, isReady, mode, readerId, handle } = latest.current;
      // What stood there when the page was opened is to be read, not told.
      const came = hasBegun ? cameSince(messages, lastId) : [];
      hasBegun ||= isReady;
      lastId = messages.at(-1)?.id ?? lastId;
      const spoken = came
        .filter(({ author, state }) => author?.id !== readerId && state === "visible")
        .map(({ author, text }) => ({ author: author?.displayName ?? "", text, isMention: mentions(text, handle) }));
      setSaid(announce(spoken, mode));
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return said;
}
