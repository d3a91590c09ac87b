/** What people feel about a message: emoji with their counts. */
import type { ChatReaction } from "@rostrum/contract/chat";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";

/** Nothing when there are none. */
export function Reactions(props: {
  reactions: readonly ChatReaction[];
  own: readonly string[];
  emotes: ReadonlyMap<string, string>;
  disabled: boolean;
  onReact: (emote: string, isOn: boolean) => void;
}) {
  const { reactions, own, emotes, disabled, onReact } = props;
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (reactions.length === 0) return null;
  return (
    <ul aria-label={t("chat:reactions")} className="mt-0.5 flex flex-wrap gap-1">
      {reactions.map(({ emote, count }) => (
        <li key={emote}>
          <button
            type="button"
            disabled={disabled}
            aria-pressed={own.includes(emote)}
            aria-label={t("chat:reaction", { emote, count })}
            onClick={() => onReact(emote, !own.includes(emote))}
            className={cn(
              "inline-flex h-6 items-center gap-1 rounded-full border px-1.5 text-xs tabular pointer-coarse:h-9 pointer-coarse:px-2.5",
              own.includes(emote)
                ? "border-accent-line bg-accent-tint text-accent-text"
                : "border-line bg-raised text-muted enabled:hover:bg-hover",
            )}
          >
            <Emote emote={emote} emotes={emotes} />
            {formatCount(count, locale)}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** An emoji, or the picture of `:name:`. */
export function Emote({
  emote,
  emotes,
  className,
}: {
  emote: string;
  emotes: ReadonlyMap<string, string>;
  className?: string;
}) {
  const url = emotes.get(emote.replaceAll(":", ""));
  return url === undefined || !emote.startsWith(":") ? (
    <span aria-hidden className={className}>
      {emote}
    </span>
  ) : (
    <img src={url} alt="" className={cn("inline-block h-4", className)} />
  );
}
