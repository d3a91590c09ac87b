/** The channels that somebody follows, and what they wish to hear of each. */
import type { Client, Page } from "@rostrum/client/client";
import type { FollowedChannel } from "@rostrum/contract/follows";
import { BellOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSave } from "../../lib/use-save.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { LocalTime } from "../../ui/Time.tsx";
import { toast } from "../../ui/toast.ts";

type Props = { api: Pick<Client, "follows"> };
type Wishes = Partial<Pick<FollowedChannel, "mail" | "push">>;

/** `initial`: the first page. */
export function FollowedList({ api, initial }: Props & { initial: Page<FollowedChannel> }) {
  const { t } = useTranslation();
  const [{ items, nextCursor }, setPage] = useState(initial);
  const more = useSave(async () => {
    const next = await api.follows.list({ cursor: nextCursor ?? undefined });
    setPage({ items: [...items, ...next.items], nextCursor: next.nextCursor });
  });
  const put = (row: FollowedChannel): void =>
    setPage((page) => ({ ...page, items: page.items.map((one) => (one.channelId === row.channelId ? row : one)) }));
  const ended = (row: FollowedChannel): void => {
    setPage((page) => ({ ...page, items: page.items.filter((one) => one.channelId !== row.channelId) }));
    const again = (): void => {
      api.follows.set(row.channelId, { mail: row.mail, push: row.push }).then(
        ({ since }) => setPage((page) => ({ ...page, items: [{ ...row, since: since ?? row.since }, ...page.items] })),
        () => toast.error(t("error.unknown")),
      );
    };
    toast.success(t("follows:ended", { title: row.title }), { label: t("follows:undo"), onClick: again });
  };
  return (
    <Section id="follows" title={t("follows:list.title")} description={t("follows:list.text")}>
      {items.length === 0 ? (
        <div className="flex flex-col items-start gap-3">
          <p className="text-sm text-muted">{t("follows:list.none")}</p>
          <ButtonLink to="/">{t("follows:list.find")}</ButtonLink>
        </div>
      ) : (
        <ul className="-my-2 divide-y divide-line">
          {items.map((row) => (
            <FollowedRow key={row.channelId} api={api} row={row} onChanged={put} onEnded={() => ended(row)} />
          ))}
        </ul>
      )}
      {nextCursor === null ? null : (
        <Button className="mt-4" busy={more.state.kind === "saving"} onClick={() => void more.run()}>
          {t("follows:list.more")}
        </Button>
      )}
      {more.state.kind === "failed" ? <Failure text={more.state.text} /> : null}
    </Section>
  );
}

function FollowedRow({
  api,
  row,
  onChanged,
  onEnded,
}: Props & { row: FollowedChannel; onChanged: (row: FollowedChannel) => void; onEnded: () => void }) {
  const { t } = useTranslation();
  const { title, handle, channelId } = row;
  const { state, run } = useSave(async (wishes: Wishes | null) => {
    if (wishes === null) {
      await api.follows.end(channelId);
      return onEnded();
    }
    const { mail, push } = await api.follows.set(channelId, wishes);
    onChanged({ ...row, mail, push });
  });
  const isSaving = state.kind === "saving";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <Avatar name={title} seed={handle} />
      <div className="min-w-0 flex-1 basis-40">
        <Link to={`/@${handle}`} className="block truncate rounded-sm font-medium hover:underline">
          <bdi>{title}</bdi>
        </Link>
        <p className="truncate text-sm text-muted">
          @{handle} · {t("follows:list.since")} <LocalTime at={row.since} style="date" />
        </p>
      </div>
      <Wish
        label={t("follows:menu.mail")}
        name={t("follows:list.mailOf", { title })}
        checked={row.mail}
        disabled={isSaving}
        onChange={(mail) => void run({ mail })}
      />
      <Wish
        label={t("follows:menu.push")}
        name={t("follows:list.pushOf", { title })}
        checked={row.push}
        disabled={isSaving}
        onChange={(push) => void run({ push })}
      />
      <IconButton
        label={t("follows:list.unfollowOf", { title })}
        icon={<BellOff />}
        disabled={isSaving}
        onClick={() => void run(null)}
      />
      {state.kind === "failed" ? <Failure text={state.text} /> : null}
    </li>
  );
}

function Wish(props: {
  label: string;
  /** With the channel, for screen readers. */
  name: string;
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="inline-flex touch-target items-center gap-2 text-sm">
      <input
        type="checkbox"
        aria-label={props.name}
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.checked)}
        className="size-4 shrink-0"
      />
      {props.label}
    </label>
  );
}

function Failure({ text }: { text: string }) {
  return (
    <p role="alert" className="w-full text-sm text-live-text">
      {text}
    </p>
  );
}
