/** What the crew hands out with the show: links, and the cards that were closed. */
import { useTranslation } from "react-i18next";
import { HandoutLink, hostOf } from "./HandoutLink.tsx";
import type { Engagement } from "./use-engagement.ts";

export function HandoutList({ engagement }: { engagement: Engagement }) {
  const { t } = useTranslation();
  const { handouts } = engagement.state;
  if (handouts.length === 0) return null;
  return (
    <section aria-labelledby="handouts-title" className="flex max-w-prose flex-col gap-3">
      <h2 id="handouts-title" className="text-md font-semibold">
        {t("engagement:handout.title")}
      </h2>
      <ul className="flex flex-col gap-2">
        {handouts.map((handout) => (
          <li
            key={handout.id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-md border border-line bg-surface p-3"
          >
            <div className="min-w-0 flex-1 basis-56">
              <p dir="auto" className="text-base font-medium wrap-anywhere">
                {handout.title}
              </p>
              {handout.text === "" ? null : (
                <p dir="auto" className="text-sm whitespace-pre-line text-muted wrap-anywhere">
                  {handout.text}
                </p>
              )}
              <p className="truncate text-xs text-faint">{hostOf(handout.url)}</p>
            </div>
            <HandoutLink handout={handout} engagement={engagement} look="secondary" />
          </li>
        ))}
      </ul>
    </section>
  );
}
