/** One click to the control room of the show that is next, or of a new one. */
import { ChevronRight, Radio } from "lucide-react";
import type { OwnChannel } from "@rostrum/contract/channels";
import { can } from "@rostrum/contract/permissions";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { browserApi, messageOf } from "../../lib/api.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { toast } from "../../ui/toast.ts";

export function GoLiveButton() {
  const { t } = useTranslation();
  const { start, busy, choice, choose, cancel } = useGoLive();
  return (
    <>
      <Button variant="secondary" busy={busy} onClick={() => void start()} aria-label={t("shell:goLive.button")}>
        {busy ? null : <Radio aria-hidden className="text-live-text" />}
        <span className="max-sm:hidden">{t("shell:goLive.button")}</span>
      </Button>
      <Dialog
        open={choice !== null}
        onOpenChange={(open) => (open ? undefined : cancel())}
        title={t("shell:goLive.chooseTitle")}
        description={t("shell:goLive.chooseText")}
        size="sm"
      >
        <ul className="-mx-2">
          {choice?.map((channel) => (
            <li key={channel.id}>
              <button
                type="button"
                onClick={() => void choose(channel)}
                className="flex w-full touch-target items-center gap-3 rounded-sm px-2 py-2 text-left hover:bg-hover"
              >
                <Avatar name={channel.title} seed={channel.handle} src={channel.posterUrl} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{channel.title}</span>
                  <span className="block truncate text-xs text-faint">@{channel.handle}</span>
                </span>
                <ChevronRight aria-hidden className="size-4 text-icon" />
              </button>
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}

/** `start` asks which channel when there are several; `choice` is what is asked. */
function useGoLive() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [choice, setChoice] = useState<readonly OwnChannel[] | null>(null);
  const guarded = useCallback(
    async (work: () => Promise<void>): Promise<void> => {
      setBusy(true);
      try {
        await work();
      } catch (error) {
        toast.error(messageOf(error, t("shell:goLive.failed")));
      } finally {
        setBusy(false);
      }
    },
    [t],
  );
  const open = async (channel: OwnChannel): Promise<void> => {
    setChoice(null);
    await navigate(`/control/${await nextBroadcastId(channel, t("shell:goLive.title", { channel: channel.title }))}`);
  };
  return {
    busy,
    choice,
    cancel: () => setChoice(null),
    choose: (channel: OwnChannel) => guarded(() => open(channel)),
    start: () =>
      guarded(async () => {
        const { items } = await browserApi().channels.mine({ limit: 100 });
        const channels = items.filter(({ role }) => can(role, "broadcast.create"));
        const [only] = channels;
        if (only === undefined) toast.info(t("shell:goLive.none"));
        else if (channels.length === 1) await open(only);
        else setChoice(channels);
      }),
  };
}

const OPEN = ["live", "interrupted", "preview", "draft"] as const;

/** The show that runs or is being prepared on the channel; a new one when there is none. Scheduled shows keep their time. */
async function nextBroadcastId(channel: OwnChannel, title: string): Promise<string> {
  const { items } = await browserApi().broadcasts.mine({ channelId: channel.id, limit: 100 });
  for (const state of OPEN) {
    const found = items.find((broadcast) => broadcast.state === state);
    if (found) return found.id;
  }
  return (await browserApi().broadcasts.create({ channelId: channel.id, title })).id;
}
