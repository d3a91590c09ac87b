/** Set-up, second step: the first signal, from an encoder or from the server itself. Ends in the control room. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { isOwn } from "@rostrum/client/client";
import { ArrowRight, CircleCheck, MonitorPlay, Video } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserApi, messageOf } from "../../lib/api.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { CopyField } from "../../ui/CopyField.tsx";
import { Spinner } from "../../ui/Spinner.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { Problem } from "./FormCard.tsx";
import type { FirstSignal } from "./first-signal.ts";

const POLL_MS = 2_000;

export function SetupSignal({ signal }: { signal: FirstSignal }) {
  const { t } = useTranslation();
  const { data: broadcast } = usePolling(
    async (abort): Promise<OwnBroadcast> => {
      const found = await browserApi().broadcasts.get(signal.broadcast.id, { signal: abort });
      return isOwn(found) ? found : signal.broadcast;
    },
    { initial: signal.broadcast, intervalMs: POLL_MS },
  );
  return (
    <div className="mx-auto flex w-full max-w-140 flex-col gap-6 pt-[4vh]">
      <header className="text-center">
        <h1 className="text-xl font-semibold">{t("account-forms:setup.signalTitle")}</h1>
        <p className="mt-1.5 text-base text-muted">{t("account-forms:setup.signalText")}</p>
      </header>
      <Ways signal={signal} hasSource={broadcast.hasSource} />
      <footer className="flex flex-wrap items-center justify-between gap-3">
        <Arrival hasSource={broadcast.hasSource} />
        <ButtonLink to={`/control/${broadcast.id}`} variant="primary" size="lg" className="max-sm:w-full">
          {t("account-forms:setup.open")}
          <ArrowRight aria-hidden />
        </ButtonLink>
      </footer>
    </div>
  );
}

function Arrival({ hasSource }: { hasSource: boolean }) {
  const { t } = useTranslation();
  return (
    <p role="status" className="inline-flex items-center gap-2 text-sm text-muted">
      {hasSource ? <CircleCheck aria-hidden className="size-4 text-green-text" /> : <Spinner className="text-icon" />}
      {hasSource ? t("account-forms:setup.received") : t("account-forms:setup.waiting")}
    </p>
  );
}

function Ways({ signal, hasSource }: { signal: FirstSignal; hasSource: boolean }) {
  const { t } = useTranslation();
  const panel = (children: ReactNode) => (
    <div className="flex flex-col gap-4 rounded-md border border-line bg-surface p-4 sm:p-5">{children}</div>
  );
  return (
    <Tabs
      label={t("account-forms:setup.signalTitle")}
      items={[
        {
          value: "obs",
          label: (
            <>
              <Video aria-hidden />
              {t("account-forms:setup.obs")}
            </>
          ),
          content: panel(<ObsSteps signal={signal} />),
        },
        {
          value: "test",
          label: (
            <>
              <MonitorPlay aria-hidden />
              {t("account-forms:setup.test")}
            </>
          ),
          content: panel(<TestSignal id={signal.broadcast.id} hasSource={hasSource} />),
        },
      ]}
    />
  );
}

function ObsSteps({ signal }: { signal: FirstSignal }) {
  const { t } = useTranslation();
  return (
    <>
      <ol className="flex list-decimal flex-col gap-1.5 pl-5 text-base marker:text-faint">
        <li>{t("account-forms:setup.obsStep1")}</li>
        <li>{t("account-forms:setup.obsStep2")}</li>
        <li>{t("account-forms:setup.obsStep3")}</li>
      </ol>
      <CopyField label={t("account-forms:setup.server")} value={signal.server} />
      <CopyField
        label={t("account-forms:setup.key")}
        hint={t("account-forms:setup.keyHint")}
        value={signal.streamKey}
      />
      <p className="text-xs text-faint">{t("account-forms:setup.autoLive")}</p>
    </>
  );
}

function TestSignal({ id, hasSource }: { id: string; hasSource: boolean }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const start = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await browserApi().broadcasts.testSignal(id, true);
    } catch (error) {
      setProblem(messageOf(error, t("error.unknown")));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p className="text-base text-muted">{t("account-forms:setup.testText")}</p>
      <Problem text={problem} />
      <Button className="self-start" busy={busy} disabled={hasSource} onClick={() => void start()}>
        {t("account-forms:setup.testStart")}
      </Button>
    </>
  );
}
