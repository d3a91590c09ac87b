/** The card of a person as a dialog: opened from wherever their name stands. */
import type { Client } from "@rostrum/client/client";
import type { PersonCard } from "@rostrum/contract/moderation";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { PersonCardView } from "./PersonCard.tsx";
import type { Place } from "./PersonActionDialog.tsx";
import type { OnPerson } from "./PersonName.tsx";

export type PersonCardOptions = Readonly<{
  api: Pick<Client, "moderation" | "chat">;
  channelId: string;
  /** Left out: what is decided is decided on the channel as a whole. */
  broadcastId?: string;
  /** The moderator's own. */
  role: ChannelRole;
}>;

/** `onPerson` opens it; `card` is to be put somewhere on the page. */
export function usePersonCard(options: PersonCardOptions): { onPerson: OnPerson; card: ReactNode } {
  const [accountId, setAccountId] = useState<string | null>(null);
  const onPerson = useCallback((id: string) => setAccountId(id), []);
  const card =
    accountId === null ? null : (
      <PersonDialog
        key={accountId}
        {...options}
        accountId={accountId}
        onPerson={onPerson}
        onClose={() => setAccountId(null)}
      />
    );
  return { onPerson, card };
}

type DialogProps = PersonCardOptions & Readonly<{ accountId: string; onPerson: OnPerson; onClose: () => void }>;

function PersonDialog({ api, channelId, broadcastId, role, accountId, onPerson, onClose }: DialogProps) {
  const { t } = useTranslation();
  const { card, failure, reload } = usePersonData(api, channelId, accountId);
  const place: Place = broadcastId === undefined ? { channelId } : { broadcastId };
  return (
    <Dialog
      open
      size="md"
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={t("moderation:person.title")}
      description={t("moderation:person.text")}
    >
      {failure === null ? null : (
        <p role="alert" className="text-sm text-live-text">
          {messageOf(failure, t("error.unknown"))}
        </p>
      )}
      {card === null && failure === null ? <CardSkeleton /> : null}
      {card === null ? null : (
        <PersonCardView {...{ api, channelId, role, place, card, onPerson }} onChanged={reload} />
      )}
    </Dialog>
  );
}

function usePersonData(api: PersonCardOptions["api"], channelId: string, accountId: string) {
  const [card, setCard] = useState<PersonCard | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const asking = new AbortController();
    api.moderation.person(channelId, accountId, { signal: asking.signal }).then(
      (known) => {
        if (asking.signal.aborted) return;
        setFailure(null);
        setCard(known);
      },
      (error: unknown) => asking.signal.aborted || setFailure(error),
    );
    return () => asking.abort();
  }, [api, channelId, accountId, version]);
  return { card, failure, reload: () => setVersion((before) => before + 1) };
}

function CardSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex flex-col gap-3">
      <span className="sr-only">{t("moderation:loading")}</span>
      <Skeleton className="h-9 w-1/2" />
      <Skeleton className="h-4 w-3/4" />
      <Skeleton className="h-24" />
    </div>
  );
}
