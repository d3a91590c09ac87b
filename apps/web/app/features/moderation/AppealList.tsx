/** What people who are banned have to say, and the answer to it. */
import type { Client } from "@rostrum/client/client";
import { type Appeal, type LogEntry, MODERATION_LIMITS } from "@rostrum/contract/moderation";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSend } from "../../lib/realtime/use-topic.ts";
import { useSave } from "../../lib/use-save.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextArea } from "../../ui/TextField.tsx";
import { RelativeTime } from "../../ui/Time.tsx";
import { ListEnd } from "./ListStates.tsx";
import { isWaiting } from "./log-desk.ts";
import { type OnPerson, PersonName } from "./PersonName.tsx";
import { usePages } from "./use-pages.ts";

const PAGE = 50;

/** `heard` came while the page is open: it is newer than what was loaded. */
export function AppealList(props: {
  api: Pick<Client, "moderation">;
  channelId: string;
  heard: readonly Appeal[];
  onPerson?: OnPerson | undefined;
}) {
  const { api, channelId, heard, onPerson } = props;
  const { t } = useTranslation();
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      api.moderation.appeals(channelId, { cursor, limit: PAGE, state: "all" }, { signal }),
    [api, channelId],
  );
  const pages = usePages(load);
  const byId = new Map([...pages.items, ...heard].map((appeal) => [appeal.id, appeal]));
  // What was answered here is known before anybody tells of it.
  for (const item of pages.items) if (item.state !== "open") byId.set(item.id, item);
  const appeals = [...byId.values()].toSorted(openFirst);
  return (
    <div className="flex flex-col">
      <ul aria-label={t("moderation:appeal.title")} className="divide-y divide-line">
        {appeals.map((appeal) => (
          <AppealRow
            key={appeal.id}
            appeal={appeal}
            onPerson={onPerson}
            onAnswered={(now) =>
              pages.setItems((items) => [now, ...items.filter(({ id }) => id !== now.id)].toSorted(openFirst))
            }
          />
        ))}
      </ul>
      <ListEnd pages={pages} count={appeals.length} onMore={pages.more} empty={t("moderation:appeal.empty")} />
    </div>
  );
}

/** Those that wait first, among them the oldest first. */
function openFirst(a: Appeal, b: Appeal): number {
  if (isWaiting(a) !== isWaiting(b)) return isWaiting(a) ? -1 : 1;
  const isOlder = a.id < b.id ? -1 : 1;
  return isWaiting(a) ? isOlder : -isOlder;
}

type RowProps = Readonly<{
  appeal: Appeal;
  onPerson: OnPerson | undefined;
  onAnswered: (appeal: Appeal) => void;
}>;

function AppealRow(props: RowProps) {
  const { appeal, onPerson } = props;
  const { t } = useTranslation();
  return (
    <li className="flex flex-col gap-2 py-3 text-sm">
      <p className="flex flex-wrap items-center gap-x-2">
        <PersonName person={appeal.account} onPerson={onPerson} />
        <RelativeTime at={appeal.at} className="text-xs text-faint" />
        <Outcome appeal={appeal} />
      </p>
      <p>
        <bdi dir="auto" className="wrap-anywhere whitespace-pre-line">
          {appeal.text}
        </bdi>
      </p>
      {appeal.answer === null || appeal.answer === "" ? null : (
        <p className="border-l-2 border-line-strong pl-2 text-muted">
          <span className="sr-only">{t("moderation:appeal.answer")}: </span>
          <bdi dir="auto" className="wrap-anywhere whitespace-pre-line">
            {appeal.answer}
          </bdi>
        </p>
      )}
      {isWaiting(appeal) ? <AnswerForm {...props} /> : null}
    </li>
  );
}

function Outcome({ appeal }: { appeal: Appeal }) {
  const { t } = useTranslation();
  if (isWaiting(appeal)) return null;
  // Nobody has answered, and nobody has to: the ban was taken back otherwise, or has run out.
  if (appeal.state === "open") return <Badge>{t("moderation:appeal.over")}</Badge>;
  return <Badge tone={appeal.state === "lifted" ? "green" : "neutral"}>{t(`moderation:appeal.${appeal.state}`)}</Badge>;
}

function AnswerForm({ appeal, onAnswered }: RowProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const send = useSend();
  const { state, run } = useSave(async (decision: "lift" | "keep") => {
    const { text: answer, at } = await send<LogEntry>("moderation.answer", {
      ...{ appealId: appeal.id, decision, text: text.trim() },
    });
    const isLifted = decision === "lift";
    onAnswered({ ...appeal, state: isLifted ? "lifted" : "kept", active: !isLifted, answer, answeredAt: at });
  });
  const { displayName: name } = appeal.account;
  const isBusy = state.kind === "saving";
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label={t("moderation:appeal.words", { name })}
        aside={t("ui.optional")}
        rows={2}
        value={text}
        maxLength={MODERATION_LIMITS.appealChars}
        error={state.kind === "failed" ? state.text : null}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex flex-wrap gap-2">
        <Button size="sm" disabled={isBusy} onClick={() => void run("lift")}>
          {t("moderation:appeal.lift")}
        </Button>
        <Button size="sm" disabled={isBusy} onClick={() => void run("keep")}>
          {t("moderation:appeal.keep")}
        </Button>
      </div>
    </div>
  );
}
