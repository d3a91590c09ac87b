/** What feeds the show, and the test signal. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { SourceHealth } from "@rostrum/contract/health";
import { can } from "@rostrum/contract/permissions";
import { Cable, CircleDashed, FlaskConical } from "lucide-react";
import { type ComponentProps, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { cn } from "../../ui/cn.ts";
import { Switch } from "../../ui/Switch.tsx";
import { Elapsed } from "../../ui/Time.tsx";
import { encoderName } from "./encoder-name.ts";
import { nextAction } from "./next-action.ts";
import { type SwitchWish, testSignalOn } from "./test-signal.ts";
import { SourceList } from "./SourceList.tsx";
import type { ControlApi } from "./use-control.ts";
import type { Sources } from "./use-sources.ts";

/** `source` is null when nothing is connected. */
export function SourcePanel({
  api,
  broadcast,
  source,
  sources,
  files,
  ...choice
}: {
  api: ControlApi;
  broadcast: OwnBroadcast;
  source: SourceHealth | null;
  sources: Sources;
  files: ReactNode;
} & Pick<ComponentProps<typeof SourceList>, "cued" | "onCue" | "onTake" | "mayConnect">) {
  const { t } = useTranslation();
  const { state, autoLive } = broadcast;
  const over = nextAction(broadcast).kind === "none";
  const operates = can(broadcast.role, "broadcast.control") && !over;
  // Connected, though something better may be shown.
  const kind = sources.items.some(({ id }) => id === "test") ? "test" : (source?.kind ?? null);
  return (
    <div className={cn("grid gap-x-6 gap-y-4", operates && "sm:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]")}>
      <div className="flex flex-col gap-3">
        {operates ? (
          <SourceList broadcast={broadcast} sources={sources} {...choice} />
        ) : (
          <SourceLine source={source} waiting={broadcast.hasSource} />
        )}
        {source === null && (state === "draft" || state === "scheduled") ? (
          <p className="text-xs text-faint">{t(autoLive ? "control:source.autoLive" : "control:source.manual")}</p>
        ) : null}
      </div>
      {operates ? (
        <div className="flex flex-col gap-4 max-sm:border-t max-sm:border-line max-sm:pt-4">
          {files}
          <TestSignal api={api} id={broadcast.id} kind={kind} />
        </div>
      ) : null}
    </div>
  );
}

function SourceLine({ source, waiting }: { source: SourceHealth | null; waiting: boolean }) {
  const { t } = useTranslation();
  if (source === null) {
    return (
      <p className="flex items-center gap-3 text-sm text-muted">
        <CircleDashed aria-hidden className="size-5 shrink-0 text-icon" />
        {t(waiting ? "control:source.starting" : "control:source.none")}
      </p>
    );
  }
  const Icon = source.kind === "test" ? FlaskConical : Cable;
  return (
    <div className="flex items-start gap-3 text-sm">
      <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-green-text" />
      <p className="min-w-0 flex-1">
        <span className="font-medium">{t(`control:source.kind.${source.kind}`)}</span>
        <span className="block text-muted">
          {[
            t(`control:source.protocol.${source.protocol}`),
            source.kind === "test" ? null : encoderName(source.encoder),
          ]
            .filter(Boolean)
            .join(", ")}
        </span>
      </p>
      <span className="text-xs text-faint">
        {t("control:source.since")} <Elapsed since={source.connectedAt} />
      </span>
    </div>
  );
}

function TestSignal({ api, id, kind }: { api: ControlApi; id: string; kind: SourceHealth["kind"] | null }) {
  const { t } = useTranslation();
  const [wish, setWish] = useState<SwitchWish | null>(null);
  const { state, run } = useSave((on: boolean) => api.broadcasts.testSignal(id, on));
  const change = async (on: boolean): Promise<void> => {
    setWish({ on, kind });
    if (!(await run(on))) setWish(null);
  };
  return (
    <div className="border-t border-line pt-4">
      <Switch
        label={t("control:testSignal.label")}
        hint={t("control:testSignal.hint")}
        checked={testSignalOn(wish, kind)}
        onCheckedChange={(on) => void change(on)}
        disabled={state.kind === "saving"}
      />
      {state.kind === "failed" ? (
        <p role="alert" className="mt-2 text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
    </div>
  );
}
