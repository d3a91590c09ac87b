/** In the place of the picture while a visitor has not said to be old enough: a blur, and the question in a window over it. */
import type { MinimumAge } from "@rostrum/contract/age-gate";
import { EyeOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useHydrated } from "../../lib/locale.tsx";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import type { AgeGate } from "./use-age-gate.ts";

type Props = Readonly<{
  gate: AgeGate;
  title: string;
  minimumAge: MinimumAge;
  /** A blur of it, as the server gives it; never the picture itself. */
  posterUrl?: string | null;
  /** Where who is younger goes. Left out: the question closes, as in a frame of another site. */
  onLeave?: () => void;
  /** Asks by itself when the page opens. */
  asks?: boolean;
  className?: string;
}>;

/** Fills what it stands in, which is `relative`. */
export function AgeGateScreen(props: Props) {
  const { minimumAge, posterUrl = null, asks = false, className } = props;
  const { t } = useTranslation();
  const [isWanted, setWanted] = useState(asks);
  // A window needs a browser: the server renders what is under it.
  const open = useHydrated() && isWanted;
  return (
    <section
      data-scheme="dark"
      aria-label={t("age-gate:label")}
      className={cn("absolute inset-0 grid place-items-center overflow-hidden bg-stage p-4 text-on-picture", className)}
    >
      {posterUrl === null ? null : (
        <img src={posterUrl} alt="" className="absolute inset-0 size-full scale-110 object-cover opacity-50 blur-2xl" />
      )}
      <div className="relative flex max-w-[42ch] flex-col items-center gap-2 text-center">
        <EyeOff aria-hidden className="size-7 text-on-picture/80 max-sm:hidden" />
        <p className="text-md font-semibold text-balance sm:text-lg">{t("age-gate:notice", { years: minimumAge })}</p>
        <p className="text-sm text-pretty text-on-picture/75">{t("age-gate:hint")}</p>
        <Button variant="primary" className="mt-1" onClick={() => setWanted(true)}>
          {t("age-gate:open")}
        </Button>
      </div>
      <Question {...props} open={open} onOpenChange={setWanted} />
    </section>
  );
}

function Question(props: Props & { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { gate, title, minimumAge, onLeave, open, onOpenChange } = props;
  const { t } = useTranslation();
  const { state } = gate;
  const leave = (): void => {
    onOpenChange(false);
    onLeave?.();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="sm"
      title={t("age-gate:question", { years: minimumAge })}
      description={t("age-gate:text", { title, years: minimumAge })}
      footer={
        <>
          <Button onClick={leave}>{t(onLeave === undefined ? "age-gate:notNow" : "age-gate:younger")}</Button>
          <Button variant="primary" busy={state.kind === "saving"} onClick={() => void gate.confirm()}>
            {t("age-gate:confirm", { years: minimumAge })}
          </Button>
        </>
      }
    >
      <p className="text-sm text-muted">{t("age-gate:kept")}</p>
      {state.kind === "failed" ? (
        <p role="alert" className="mt-3 text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
      {gate.lacksCookie ? (
        <p role="alert" className="mt-3 text-sm text-live-text">
          {t("age-gate:noCookie")}
        </p>
      ) : null}
    </Dialog>
  );
}
