/** In the player's place, for whom must register first. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { Ticket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ButtonLink, buttonClass } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";

/** `outside`: the page stands in another one's frame, the form opens in a tab of its own. */
export function RegisterGate({ broadcast, outside = false }: { broadcast: Broadcast; outside?: boolean }) {
  const { t } = useTranslation();
  const to = `/register/${broadcast.id}`;
  return (
    <div
      className={cn(
        "relative flex w-full flex-col items-center justify-center gap-3 overflow-hidden bg-stage p-6 text-center text-on-picture",
        outside ? "h-full" : "aspect-video",
      )}
    >
      {broadcast.posterUrl === null ? null : (
        <img src={broadcast.posterUrl} alt="" className="absolute inset-0 size-full object-cover opacity-25" />
      )}
      <div className="relative flex max-w-[42ch] flex-col items-center gap-3">
        <Ticket aria-hidden className="size-7 text-on-picture/80" />
        <p className="text-md font-semibold text-balance sm:text-lg">{t("registration:gate.title")}</p>
        <p className="text-sm text-pretty text-on-picture/75 max-sm:line-clamp-3">{t("registration:gate.text")}</p>
        {outside ? (
          <a href={to} target="_blank" rel="noopener" className={buttonClass({ variant: "primary" })}>
            {t("registration:gate.action")}
          </a>
        ) : (
          <ButtonLink to={to} variant="primary">
            {t("registration:gate.action")}
          </ButtonLink>
        )}
      </div>
    </div>
  );
}
