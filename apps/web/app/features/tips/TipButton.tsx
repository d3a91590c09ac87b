/** "Tip" beside the show, as long as tips are taken, with its dialog. */
import type { Client } from "@rostrum/client/client";
import { HandCoins } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTopic } from "../../lib/realtime/use-topic.ts";
import { Button } from "../../ui/Button.tsx";
import { TipDialog } from "./TipDialog.tsx";
import { TIPS_REDUCER } from "./tips-state.ts";

export type TipsApi = Pick<Client, "tips">;

/** Nothing where no tips are taken. `token`: a playback token, for who may watch only with one. */
export function TipButton({ api, broadcastId, token }: { api: TipsApi; broadcastId: string; token?: string }) {
  const { t } = useTranslation();
  const { state } = useTopic(`broadcast:${broadcastId}`, TIPS_REDUCER, token);
  const [isOpen, setOpen] = useState(false);
  const tipping = state.known?.tipping;
  if (tipping === undefined || (tipping.closed !== null && !isOpen)) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <HandCoins aria-hidden />
        {t("tips:button")}
      </Button>
      {isOpen ? (
        <TipDialog
          api={api}
          broadcastId={broadcastId}
          tipping={tipping}
          paidIds={state.known?.tips.map(({ id }) => id) ?? []}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
