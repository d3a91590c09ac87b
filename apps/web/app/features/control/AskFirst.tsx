/** The questions before the audience notices something: going live, ending, another source. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import type { Asking, TakeWish } from "./use-asking.ts";

/** One at a time, and none while nothing was asked for. */
export function AskFirst({ broadcast, asking }: { broadcast: OwnBroadcast; asking: Asking }) {
  const { t } = useTranslation();
  const { asked, close, confirm } = asking;
  const { title, visibility, viewers, state } = broadcast;
  const words = { title, count: viewers ?? 0 };
  const common = { onOpenChange: close, onConfirm: confirm };
  const lost = state === "preview" ? "preview" : viewers ? "viewers" : "text";
  return (
    <>
      <ConfirmDialog
        {...common}
        open={asked?.kind === "live"}
        tone="live"
        title={t("control:confirm.live.title", words)}
        description={t(`control:confirm.live.${visibility}`)}
        action={t("control:action.live")}
      />
      <ConfirmDialog
        {...common}
        open={asked?.kind === "end"}
        tone="danger"
        title={t("control:confirm.end.title", words)}
        description={t(`control:confirm.end.${lost}`, words)}
        action={t(state === "preview" ? "control:endPreview" : "control:action.end")}
      />
      <TakeDialog {...common} wish={asked?.kind === "take" ? asked.wish : undefined} />
    </>
  );
}

/** `wish` undefined: nothing is asked. */
function TakeDialog(props: { wish: TakeWish | undefined; onOpenChange: () => void; onConfirm: () => void }) {
  const { wish = null, onOpenChange, onConfirm } = props;
  const { t } = useTranslation();
  const kind = wish === null ? "automatic" : wish === "slate" ? "slate" : "source";
  const name = wish === null ? "" : t(`control:sources.name.${wish}`);
  return (
    <ConfirmDialog
      open={props.wish !== undefined}
      onOpenChange={onOpenChange}
      tone="primary"
      title={t(`control:sources.ask.${kind}.title`, { name })}
      description={t(`control:sources.ask.${kind}.text`)}
      action={t(`control:sources.ask.${kind}.action`)}
      onConfirm={onConfirm}
    />
  );
}
