/** The crew's polls: written, started, watched, ended. */
import { ChartBarBig, Eye, EyeOff, Pencil, Play, Plus, Square, Trash2 } from "lucide-react";
import type { OwnPoll } from "@rostrum/contract/engagement";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { CopyRow } from "../../ui/CopyRow.tsx";
import { DownloadLink } from "../../ui/DownloadLink.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { barsOf, isVotable } from "./poll-view.ts";
import { DeskEmpty, DeskFrame } from "./DeskFrame.tsx";
import { PollBars } from "./PollBars.tsx";
import { PollDialog } from "./PollDialog.tsx";
import { PollTimer } from "./PollTimer.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk } from "./use-desk.ts";
import { useServerNow } from "./use-engagement.ts";
import { useRefusal } from "./use-refusal.ts";

type Editing = Readonly<{ poll: OwnPoll | null }>;

/** `overlayUrl` is null while it is not known. */
export function PollDesk({ desk, overlayUrl }: { desk: Desk; overlayUrl: string | null }) {
  const { t } = useTranslation();
  const { polls } = desk.staff;
  const [editing, setEditing] = useState<Editing | null>(null);
  const order = { open: 0, draft: 1, closed: 2 } as const;
  const inOrder = polls.toSorted((a, b) => order[a.state] - order[b.state]);
  return (
    <DeskFrame
      actions={
        <Button size="sm" onClick={() => setEditing({ poll: null })}>
          <Plus aria-hidden />
          {t("engagement:poll.new")}
        </Button>
      }
    >
      {polls.length === 0 ? (
        <DeskEmpty icon={<ChartBarBig aria-hidden />}>{t("engagement:poll.deskEmpty")}</DeskEmpty>
      ) : (
        <ul className="flex flex-col gap-3">
          {inOrder.map((poll) => (
            <DeskPoll key={poll.id} poll={poll} desk={desk} onEdit={() => setEditing({ poll })} />
          ))}
        </ul>
      )}
      {overlayUrl === null ? null : <Overlay url={overlayUrl} />}
      {editing === null ? null : <PollDialog desk={desk} poll={editing.poll} onClose={() => setEditing(null)} />}
    </DeskFrame>
  );
}

/** For OBS and its likes: the poll of the moment over a picture. */
function Overlay({ url }: { url: string }) {
  const { t } = useTranslation();
  const hasToken = url.includes("?token=");
  return (
    <CopyRow
      label={t("engagement:poll.overlayUrl")}
      hint={
        <>
          {t("engagement:poll.overlayHint")} {hasToken ? t("engagement:poll.overlaySecret") : null}
        </>
      }
      value={url}
      {...(hasToken ? { lines: 2 } : {})}
    />
  );
}

function DeskPoll({ poll, desk, onEdit }: { poll: OwnPoll; desk: Desk; onEdit: () => void }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const isOpen = isVotable(poll, useServerNow(desk.show));
  const { voters } = poll.outcome;
  return (
    <li className="flex flex-col gap-2 rounded-md border border-line p-3">
      <p dir="auto" className="text-base font-medium wrap-anywhere">
        {poll.question}
      </p>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
        <StateBadge poll={poll} isOpen={isOpen} />
        {isOpen && poll.closesAt !== null ? <PollTimer closesAt={poll.closesAt} skewMs={desk.show.skewMs} /> : null}
        {poll.state === "draft" ? null : (
          <span className="tabular">
            {t("engagement:poll.voters", { count: voters, shown: formatCount(voters, locale) })}
          </span>
        )}
        {poll.named ? <span>{t("engagement:poll.withNames")}</span> : null}
        {isOpen ? (
          <span>{t(poll.results === "after" ? "engagement:poll.hiddenNow" : "engagement:poll.shownNow")}</span>
        ) : null}
      </p>
      {poll.state === "draft" ? (
        <p className="text-sm text-muted wrap-anywhere">{poll.options.map(({ text }) => text).join(" · ")}</p>
      ) : (
        <PollBars bars={barsOf(poll, []) ?? []} />
      )}
      <Actions poll={poll} desk={desk} onEdit={onEdit} />
    </li>
  );
}

function StateBadge({ poll, isOpen }: { poll: OwnPoll; isOpen: boolean }) {
  const { t } = useTranslation();
  if (poll.state === "draft") return <Badge tone="blue">{t("engagement:poll.draft")}</Badge>;
  return (
    <Badge tone={isOpen ? "green" : "neutral"}>{t(isOpen ? "engagement:poll.open" : "engagement:poll.closed")}</Badge>
  );
}

type Act = "open" | "close" | "results";

function Actions({ poll, desk, onEdit }: { poll: OwnPoll; desk: Desk; onEdit: () => void }) {
  const { t } = useTranslation();
  const { busy, refusal, run } = useRefusal<Act>();
  const [asks, setAsks] = useState(false);
  const { actions } = desk;
  const isHidden = poll.results === "after";
  const act = (what: Act, icon: ReactNode, label: string, how: () => Promise<void>) => (
    <Button size="sm" busy={busy === what} onClick={() => void run(what, how)}>
      {icon}
      {label}
    </Button>
  );
  return (
    <>
      <Refusal text={refusal} />
      <div className="flex flex-wrap items-center gap-1.5">
        {poll.state === "draft"
          ? act("open", <Play aria-hidden />, t("engagement:poll.start"), () => actions.openPoll(poll.id))
          : null}
        {poll.state === "open"
          ? act("close", <Square aria-hidden />, t("engagement:poll.end"), () => actions.closePoll(poll.id))
          : null}
        {poll.state === "open"
          ? act(
              "results",
              isHidden ? <Eye aria-hidden /> : <EyeOff aria-hidden />,
              t(isHidden ? "engagement:poll.showNow" : "engagement:poll.hideNow"),
              () => actions.showResults(poll.id, isHidden ? "live" : "after"),
            )
          : null}
        {poll.state === "draft" ? (
          <IconButton size="sm" label={t("engagement:poll.edit")} icon={<Pencil aria-hidden />} onClick={onEdit} />
        ) : (
          <Files poll={poll} desk={desk} />
        )}
        <IconButton
          size="sm"
          className="ml-auto"
          label={t("engagement:poll.remove")}
          icon={<Trash2 aria-hidden />}
          onClick={() => setAsks(true)}
        />
      </div>
      <ConfirmDialog
        open={asks}
        onOpenChange={setAsks}
        title={t("engagement:poll.removeTitle", { question: poll.question })}
        description={t("engagement:poll.removeText", { count: poll.outcome.voters })}
        action={t("engagement:poll.remove")}
        onConfirm={() => actions.removePoll(poll.id)}
      />
    </>
  );
}

/** The results as CSV. */
function Files({ poll, desk }: { poll: OwnPoll; desk: Desk }) {
  const { t } = useTranslation();
  const link = (by: "option" | "voter", label: string) => (
    <DownloadLink size="sm" variant="ghost" href={desk.api.engagement.polls.csvUrl(desk.broadcastId, poll.id, by)}>
      {label}
    </DownloadLink>
  );
  return (
    <>
      {link("option", t("engagement:poll.csv"))}
      {poll.named ? link("voter", t("engagement:poll.csvVoters")) : null}
    </>
  );
}
