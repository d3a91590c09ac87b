/** What one can do at once while watching: react, and raise a hand. Stands under the picture. */
import { type Reaction, REACTION_EMOJI } from "@rostrum/contract/engagement";
import { useTranslation } from "react-i18next";
import { HandButton } from "./HandButton.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Engagement } from "./use-engagement.ts";
import { useRefusal } from "./use-refusal.ts";

const REACTIONS = Object.entries(REACTION_EMOJI) as [Reaction, string][];

/** Nothing where neither is wanted. `data-strip`: the page leaves room for it. */
export function ReactionBar({ engagement }: { engagement: Engagement }) {
  const { t } = useTranslation();
  const { busy, refusal, run } = useRefusal<"react" | "hand">();
  const { reactions, hands } = engagement.state.settings;
  if (!reactions && !hands) return null;
  return (
    <div data-strip className="border-t border-line bg-surface">
      <div className="flex min-h-11 items-center gap-1 px-1">
        {reactions ? (
          <div
            role="group"
            aria-label={t("engagement:reaction.title")}
            className="flex min-w-0 flex-1 items-center overflow-x-auto p-0.5"
          >
            {REACTIONS.map(([reaction, emoji]) => (
              <button
                key={reaction}
                type="button"
                aria-label={t("engagement:reaction.send", { name: t(`engagement:reaction.name.${reaction}`) })}
                onClick={() => void run("react", () => engagement.actions.react(reaction))}
                className="inline-flex h-9 w-10 shrink-0 touch-target items-center justify-center rounded-sm text-md transition-transform hover:bg-hover focus-visible:-outline-offset-2 motion-safe:active:scale-125"
              >
                <span aria-hidden className="[font-variant-emoji:emoji]">
                  {emoji}
                </span>
              </button>
            ))}
          </div>
        ) : (
          <span className="flex-1" />
        )}
        {hands ? (
          <HandButton
            engagement={engagement}
            isBusy={busy === "hand"}
            onHand={(isUp) => void run("hand", () => engagement.actions.hand(isUp))}
          />
        ) : null}
      </div>
      {refusal === null ? null : (
        <div className="px-3 pb-2">
          <Refusal text={refusal} />
        </div>
      )}
    </div>
  );
}
