/** Bans and time-outs that hold now, each with the way to lift it. */
import type { Client } from "@rostrum/client/client";
import type { Ban, BanScope } from "@rostrum/contract/moderation";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSend } from "../../lib/realtime/use-topic.ts";
import { useSave } from "../../lib/use-save.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { LocalTime, RelativeTime } from "../../ui/Time.tsx";
import { ListEnd } from "./ListStates.tsx";
import { type OnPerson, PersonName } from "./PersonName.tsx";
import { usePages } from "./use-pages.ts";

const PAGE = 50;

/** @param scope `owner`: the shared list alone; left out: all that concern the channel */
export function BanList(props: {
  api: Pick<Client, "moderation">;
  channelId: string;
  scope?: BanScope;
  onPerson?: OnPerson | undefined;
  /** Another one: something was decided since. */
  version?: string | undefined;
}) {
  const { api, channelId, scope, onPerson, version } = props;
  const { t } = useTranslation();
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      api.moderation.bans(channelId, { cursor, limit: PAGE, scope }, { signal }),
    [api, channelId, scope],
  );
  const pages = usePages(load);
  const known = useRef(version);
  // What stands there stays until the new list is there.
  useEffect(() => {
    if (known.current === version) return;
    known.current = version;
    pages.reload();
  });
  return (
    <div className="flex flex-col">
      <ul
        aria-label={t(scope === "owner" ? "moderation:ban.sharedTitle" : "moderation:ban.title")}
        className="divide-y divide-line"
      >
        {pages.items.map((ban) => (
          <BanRow
            key={ban.id}
            ban={ban}
            channelId={channelId}
            onPerson={onPerson}
            onLifted={() => pages.setItems((items) => items.filter(({ id }) => id !== ban.id))}
          />
        ))}
      </ul>
      <ListEnd
        pages={pages}
        count={pages.items.length}
        onMore={pages.more}
        empty={t(scope === "owner" ? "moderation:ban.sharedEmpty" : "moderation:ban.empty")}
      />
    </div>
  );
}

/** `onLifted` once it holds no longer. */
export function BanRow(props: {
  ban: Ban;
  channelId: string;
  onPerson?: OnPerson | undefined;
  onLifted: () => void;
  /** The name stands beside it already. */
  isNameless?: boolean;
}) {
  const { ban, channelId, onPerson, onLifted, isNameless = false } = props;
  const { t } = useTranslation();
  const send = useSend();
  const { state, run } = useSave(async () => {
    await send("moderation.unban", { channelId, banId: ban.id });
    onLifted();
  });
  const name = ban.account.displayName;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5 text-sm">
      <div className="flex min-w-0 flex-1 basis-48 flex-col gap-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {isNameless ? null : <PersonName person={ban.account} onPerson={onPerson} />}
          <Badge tone={ban.active ? "amber" : "neutral"}>{t(`moderation:ban.kind.${ban.kind}`)}</Badge>
          {ban.scope === "owner" ? <Badge tone="blue">{t("moderation:ban.shared")}</Badge> : null}
        </p>
        {ban.reason === "" ? null : (
          <p className="text-muted">
            <bdi dir="auto" className="wrap-anywhere">
              {ban.reason}
            </bdi>
          </p>
        )}
        <p className="flex flex-wrap gap-x-2 text-xs text-faint">
          <Until ban={ban} />
          <span>
            {t("moderation:log.by")} <PersonName person={ban.by} />
          </span>
          <RelativeTime at={ban.at} />
        </p>
        {state.kind === "failed" ? (
          <p role="alert" className="text-xs text-live-text">
            {state.text}
          </p>
        ) : null}
      </div>
      {ban.active ? (
        <Button
          size="sm"
          busy={state.kind === "saving"}
          aria-label={t("moderation:ban.liftOf", { name })}
          onClick={() => void run()}
        >
          {t("moderation:ban.lift")}
        </Button>
      ) : null}
    </li>
  );
}

function Until({ ban: { until, liftedAt } }: { ban: Ban }) {
  const { t } = useTranslation();
  if (liftedAt !== null) return <span>{t("moderation:ban.lifted")}</span>;
  if (until === null) return <span>{t("moderation:ban.forever")}</span>;
  return (
    <span>
      {t("moderation:log.until")} <LocalTime at={until} style="schedule" />
    </span>
  );
}
