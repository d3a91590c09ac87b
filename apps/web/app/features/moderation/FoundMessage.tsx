/** A message that was looked for, and what was said just before and after it. */
import type { Client } from "@rostrum/client/client";
import type { ModeratedChatMessage } from "@rostrum/contract/chat";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { Spinner } from "../../ui/Spinner.tsx";
import { LocalTime } from "../../ui/Time.tsx";
import { type OnPerson, PersonName } from "./PersonName.tsx";

/** The message, and so many on both sides together. */
const AROUND = 21;

type Props = Readonly<{
  api: Pick<Client, "chat">;
  message: ModeratedChatMessage;
  onPerson?: OnPerson | undefined;
}>;

export function FoundMessage(props: Props) {
  const { message } = props;
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const name = message.author?.displayName ?? t("moderation:search.system");
  return (
    <li className="flex flex-col gap-1 py-2.5">
      <MessageLines {...props} style="schedule" />
      <Button
        size="sm"
        variant="ghost"
        className="-ml-3 self-start"
        aria-expanded={isOpen}
        aria-label={t(isOpen ? "moderation:search.hideContextOf" : "moderation:search.contextOf", { name })}
        onClick={() => setOpen(!isOpen)}
      >
        {t(isOpen ? "moderation:search.hideContext" : "moderation:search.context")}
      </Button>
      {isOpen ? <Context {...props} /> : null}
    </li>
  );
}

function MessageLines({ message, onPerson, style }: Props & { style: "schedule" | "time" }) {
  const { t } = useTranslation();
  const { author, text, state, note, at, reports } = message;
  return (
    <div className="flex flex-col gap-0.5 text-sm">
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-faint">
        {author === null ? (
          <span>{t("moderation:search.system")}</span>
        ) : (
          <span className="text-sm text-text">
            <PersonName person={author} onPerson={onPerson} />
          </span>
        )}
        <LocalTime at={at} style={style} />
        {state === "visible" ? null : (
          <Badge tone={state === "held" ? "amber" : "neutral"}>{t(`moderation:search.states.${state}`)}</Badge>
        )}
        {reports === 0 ? null : <Badge tone="amber">{t("moderation:search.reports", { count: reports })}</Badge>}
      </p>
      <p className={cn(state === "deleted" && "text-muted line-through")}>
        <bdi dir="auto" className="wrap-anywhere">
          {text}
        </bdi>
      </p>
      {note === null || note === "" ? null : (
        <p className="text-xs text-muted">
          <bdi dir="auto" className="wrap-anywhere">
            {note}
          </bdi>
        </p>
      )}
    </div>
  );
}

type Loaded = Readonly<{ messages: readonly ModeratedChatMessage[] } | { failure: unknown }>;

function Context(props: Props) {
  const { api, message } = props;
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const middle = useRef<HTMLLIElement>(null);
  const { id, broadcastId } = message;
  useEffect(() => {
    const asking = new AbortController();
    api.chat.search(broadcastId, { around: id, limit: AROUND }, { signal: asking.signal }).then(
      ({ items }) => asking.signal.aborted || setLoaded({ messages: items.toReversed() }),
      (failure: unknown) => asking.signal.aborted || setLoaded({ failure }),
    );
    return () => asking.abort();
  }, [api, broadcastId, id]);
  useEffect(() => {
    // Braces: in new browsers it answers a promise, which is no way to clean up.
    middle.current?.scrollIntoView({ block: "nearest" });
  }, [loaded]);
  if (loaded === null) return <Spinner className="text-icon" />;
  if ("failure" in loaded) {
    return (
      <p role="alert" className="text-sm text-live-text">
        {messageOf(loaded.failure, t("error.unknown"))}
      </p>
    );
  }
  return (
    <ol
      aria-label={t("moderation:search.contextTitle")}
      // Scrolled by the keyboard, too.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="max-h-80 overflow-y-auto rounded-sm border border-line bg-canvas"
    >
      {loaded.messages.map((one) => (
        <li
          key={one.id}
          ref={one.id === id ? middle : undefined}
          aria-current={one.id === id ? "true" : undefined}
          className={cn(
            "border-l-2 border-transparent px-3 py-1.5",
            one.id === id && "border-accent-line bg-accent-tint",
          )}
        >
          <MessageLines {...props} message={one} style="time" />
        </li>
      ))}
    </ol>
  );
}
