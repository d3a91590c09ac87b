/** The poll of the moment as a layer over a picture, for OBS and its likes: no controls, no ground but behind its bars. */
import type { Poll } from "@rostrum/contract/engagement";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { useComingBack } from "../../lib/overlay.ts";
import { cn } from "../../ui/cn.ts";
import type { PollOverlayOptions } from "./poll-overlay-options.ts";
import { barsOf, isVotable, pollOnScreen } from "./poll-view.ts";
import { PollBars } from "./PollBars.tsx";
import { PollTimer } from "./PollTimer.tsx";
import { useEngagement, useServerNow } from "./use-engagement.ts";

/** `token` is an overlay or playback token, for shows that need one. Nothing while there is no poll. */
export function PollOverlay(props: { broadcastId: string; token: string | undefined; options: PollOverlayOptions }) {
  const { broadcastId, token, options } = props;
  const { t } = useTranslation();
  const { state, phase } = useEngagement(broadcastId, token);
  useComingBack(phase === "refused");
  const nowMs = useServerNow(state);
  const poll = pollOnScreen(state.polls, nowMs, options.keepSec * 1000);
  if (poll === null) return null;
  const bars = barsOf(poll, []);
  const isOpen = isVotable(poll, nowMs);
  return (
    <section
      aria-label={t("engagement:poll.overlay")}
      className={cn(
        "absolute flex w-full max-w-[32em] animate-fade-in flex-col gap-2 p-3 text-on-picture [text-shadow:0_1px_3px_black]",
        options.place === "top" ? "top-0" : "bottom-0",
      )}
      style={{ fontSize: options.sizePx, lineHeight: 1.3 }}
    >
      <h2 dir="auto" className="rounded-sm bg-scrim px-3 py-1.5 font-semibold wrap-anywhere">
        {poll.question}
      </h2>
      {bars === null ? (
        <ul className="flex flex-col gap-1.5">
          {poll.options.map(({ id, text }) => (
            <li key={id} dir="auto" className="rounded-sm bg-scrim px-2.5 py-1 wrap-anywhere">
              {text}
            </li>
          ))}
        </ul>
      ) : (
        <PollBars bars={bars} large />
      )}
      <Foot poll={poll} isOpen={isOpen} skewMs={state.skewMs} />
    </section>
  );
}

type FootProps = Readonly<{ poll: Poll; isOpen: boolean; skewMs: number }>;

/** How many, and how long still. Nothing where there is nothing to say. */
function Foot({ poll: { outcome, closesAt }, isOpen, skewMs }: FootProps) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (isOpen && outcome === null && closesAt === null) return null;
  const voters = outcome?.voters ?? 0;
  return (
    <p className="flex items-baseline gap-3 self-start rounded-sm bg-scrim px-2.5 py-0.5 text-[0.75em] tabular [&_span]:text-on-picture">
      {outcome === null ? null : (
        <span>{t("engagement:poll.voters", { count: voters, shown: formatCount(voters, locale) })}</span>
      )}
      {isOpen && closesAt !== null ? <PollTimer closesAt={closesAt} skewMs={skewMs} /> : null}
      {isOpen ? null : <span>{t("engagement:poll.closed")}</span>}
    </p>
  );
}
