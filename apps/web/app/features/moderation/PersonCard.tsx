/** What moderators know of a person on this channel, and what they can do. Hints never show an address. */
import type { Client } from "@rostrum/client/client";
import { type LogEntry, outranks, type PersonCard as Card } from "@rostrum/contract/moderation";
import { type ChannelRole, can } from "@rostrum/contract/permissions";
import { Ban, CalendarClock, MessageSquareWarning, Network, NotebookPen, TimerOff } from "lucide-react";
import { type ReactNode, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../lib/session.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { RelativeTime } from "../../ui/Time.tsx";
import { BanRow } from "./BanList.tsx";
import { FoundMessage } from "./FoundMessage.tsx";
import { ListEnd } from "./ListStates.tsx";
import { PersonActionDialog, type PersonAction, type Place } from "./PersonActionDialog.tsx";
import { type OnPerson, PersonName } from "./PersonName.tsx";
import { usePages } from "./use-pages.ts";

const MESSAGES = 20;

export type PersonCardProps = Readonly<{
  api: Pick<Client, "moderation" | "chat">;
  channelId: string;
  /** The moderator's own role on the channel. */
  role: ChannelRole;
  place: Place;
  card: Card;
  /** Something of it was changed: it is read anew. */
  onChanged: () => void;
  onPerson: OnPerson;
}>;

export function PersonCardView(props: PersonCardProps) {
  const { card, channelId, onChanged, onPerson } = props;
  const { t } = useTranslation();
  const former = card.bans.filter(({ active }) => !active);
  const active = card.bans.filter((ban) => ban.active);
  return (
    <div className="flex flex-col gap-5">
      <Who card={card} onPerson={onPerson} />
      <Actions {...props} />
      {active.length === 0 ? null : (
        <Part title={t("moderation:person.active")}>
          <ul className="divide-y divide-line">
            {active.map((ban) => (
              <BanRow key={ban.id} ban={ban} channelId={channelId} isNameless onLifted={onChanged} />
            ))}
          </ul>
        </Part>
      )}
      <Remarks title={t("moderation:person.notes")} empty={t("moderation:person.noNotes")} entries={card.notes} />
      <Remarks
        title={t("moderation:person.warnings")}
        empty={t("moderation:person.noWarnings")}
        entries={card.warnings}
      />
      {former.length === 0 ? null : (
        <Part title={t("moderation:person.former", { count: former.length })}>
          <ul className="divide-y divide-line">
            {former.map((ban) => (
              <BanRow key={ban.id} ban={ban} channelId={channelId} isNameless onLifted={onChanged} />
            ))}
          </ul>
        </Part>
      )}
      <Messages {...props} />
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-1">
      <h3 className="text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function Who({ card: { account, role, hints }, onPerson }: Pick<PersonCardProps, "card" | "onPerson">) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <Avatar name={account.displayName} seed={account.handle} />
        <p className="min-w-0">
          <bdi className="block truncate font-semibold">{account.displayName}</bdi>
          <span className="text-sm text-muted">@{account.handle}</span>
        </p>
        {role === "viewer" ? null : <Badge tone="accent">{t(`moderation:role.${role}`)}</Badge>}
      </div>
      <ul className="flex flex-col gap-1 text-sm [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-icon">
        <li className="flex gap-2">
          <CalendarClock aria-hidden />
          <span>
            {hints.accountAgeDays === 0
              ? t("moderation:person.today")
              : t("moderation:person.age", { count: hints.accountAgeDays })}{" "}
            {hints.isNew ? <Badge tone="amber">{t("moderation:person.isNew")}</Badge> : null}
          </span>
        </li>
        {hints.sameNetworkAs.length === 0 ? null : (
          <li className="flex gap-2">
            <Network aria-hidden />
            <span>
              {t("moderation:person.network")}{" "}
              {hints.sameNetworkAs.map((other, index) => (
                <span key={other.id}>
                  {index === 0 ? null : ", "}
                  <PersonName person={other} onPerson={onPerson} />
                </span>
              ))}
              <span className="block text-xs text-faint">{t("moderation:person.networkHint")}</span>
            </span>
          </li>
        )}
      </ul>
    </div>
  );
}

const ACTIONS = [
  ["note", NotebookPen],
  ["warn", MessageSquareWarning],
  ["timeout", TimerOff],
  ["ban", Ban],
] as const;

function Actions({ card, role, place, onChanged }: PersonCardProps) {
  const { t } = useTranslation();
  const me = useMe();
  const [asked, setAsked] = useState<PersonAction | null>(null);
  if (me?.id === card.account.id) return <p className="text-sm text-muted">{t("moderation:person.self")}</p>;
  if (!outranks(role, card.role)) return <p className="text-sm text-muted">{t("moderation:person.above")}</p>;
  return (
    <div className="flex flex-wrap gap-2">
      {ACTIONS.map(([action, Icon]) => (
        <Button key={action} size="sm" onClick={() => setAsked(action)}>
          <Icon aria-hidden />
          {t(`moderation:do.${action}.short`)}
        </Button>
      ))}
      {asked === null ? null : (
        <PersonActionDialog
          key={asked}
          action={asked}
          person={card.account}
          place={place}
          mayShare={can(role, "bans.shared")}
          onClose={() => setAsked(null)}
          onDone={onChanged}
        />
      )}
    </div>
  );
}

function Remarks({ title, empty, entries }: { title: string; empty: string; entries: readonly LogEntry[] }) {
  const { t } = useTranslation();
  return (
    <Part title={title}>
      {entries.length === 0 ? (
        <p className="text-sm text-faint">{empty}</p>
      ) : (
        <ul className="flex flex-col gap-2 text-sm">
          {entries.map(({ id, text, by, at }) => (
            <li key={id}>
              <bdi dir="auto" className="wrap-anywhere whitespace-pre-line">
                {text}
              </bdi>
              <p className="flex flex-wrap gap-x-1.5 text-xs text-faint">
                <span>
                  {t("moderation:log.by")} <PersonName person={by} />
                </span>
                <RelativeTime at={at} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Messages({ api, channelId, card }: PersonCardProps) {
  const { t } = useTranslation();
  const { handle } = card.account;
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      api.chat.searchChannel(channelId, { cursor, limit: MESSAGES, account: handle }, { signal }),
    [api, channelId, handle],
  );
  const pages = usePages(load);
  return (
    <Part title={t("moderation:person.messages")}>
      <ul className="divide-y divide-line">
        {pages.items.map((message) => (
          <FoundMessage key={message.id} api={api} message={message} />
        ))}
      </ul>
      <ListEnd pages={pages} count={pages.items.length} onMore={pages.more} empty={t("moderation:person.noMessages")} />
    </Part>
  );
}
