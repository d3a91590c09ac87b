/** The log of moderation: narrowed by person and kind, newest first, with undo. */
import type { Client } from "@rostrum/client/client";
import { type LogEntry, ModerationAct, type RefusedEvent } from "@rostrum/contract/moderation";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { ListEnd } from "./ListStates.tsx";
import { put } from "./log-desk.ts";
import { handleOf, type LogFilter, logView } from "./log-view.ts";
import { LogRow } from "./LogRow.tsx";
import { type OnPerson, PersonName } from "./PersonName.tsx";
import { usePages } from "./use-pages.ts";

const PAGE = 50;
const MOST_OWN = 100;

export type LogPanelProps = Readonly<{
  api: Pick<Client, "moderation">;
  channelId: string;
  /** What came while the page is open. */
  heard: readonly LogEntry[];
  refused: readonly RefusedEvent[];
  onPerson?: OnPerson | undefined;
}>;

export function LogPanel({ api, channelId, heard, refused, onPerson }: LogPanelProps) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<LogFilter>({ act: null, person: null });
  const { act, person } = filter;
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      api.moderation.log(
        channelId,
        { cursor, limit: PAGE, act: act ?? undefined, person: person ?? undefined },
        { signal },
      ),
    [api, channelId, act, person],
  );
  const pages = usePages(load);
  // Heard by the topic, too; some seconds later where the page polls.
  const [own, setOwn] = useState<readonly LogEntry[]>([]);
  const entries = logView([...own, ...heard], pages.items, filter);
  return (
    <div className="flex flex-col gap-3">
      <LogFilters filter={filter} onFilter={setFilter} />
      {refused.length > 0 && act === null && person === null ? (
        <RefusedList refused={refused} onPerson={onPerson} />
      ) : null}
      <ul aria-label={t("moderation:log.title")} className="-my-1 divide-y divide-line">
        {entries.map((entry) => (
          <LogRow
            key={entry.id}
            entry={entry}
            onPerson={onPerson}
            onUndone={(undo) => setOwn((before) => put(before, undo, MOST_OWN))}
          />
        ))}
      </ul>
      <ListEnd
        pages={pages}
        count={entries.length}
        onMore={pages.more}
        empty={t(act === null && person === null ? "moderation:log.empty" : "moderation:log.noMatch")}
      />
    </div>
  );
}

const EVERY = "all";

function LogFilters({ filter, onFilter }: { filter: LogFilter; onFilter: (filter: LogFilter) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const isFiltered = filter.act !== null || filter.person !== null;
  const kinds = [
    { value: EVERY, label: t("moderation:log.everything") },
    ...ModerationAct.options.map((act) => ({ value: act as string, label: t(`moderation:act.${act}`) })),
  ];
  return (
    <form
      noValidate
      className="grid grid-cols-2 items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onFilter({ ...filter, person: handleOf(typed) });
      }}
    >
      <Select
        label={t("moderation:log.kind")}
        value={filter.act ?? EVERY}
        options={kinds}
        onValueChange={(value) => {
          const act = ModerationAct.safeParse(value);
          onFilter({ ...filter, act: act.success ? act.data : null });
        }}
      />
      <TextField
        label={t("moderation:log.person")}
        prefix="@"
        value={typed}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => onFilter({ ...filter, person: handleOf(typed) })}
      />
      {isFiltered ? (
        <Button
          size="sm"
          variant="ghost"
          className="col-span-2 justify-self-start"
          onClick={() => {
            setTyped("");
            onFilter({ act: null, person: null });
          }}
        >
          {t("moderation:log.showAll")}
        </Button>
      ) : null}
    </form>
  );
}

function RefusedList({ refused, onPerson }: { refused: readonly RefusedEvent[]; onPerson: OnPerson | undefined }) {
  const { t } = useTranslation();
  return (
    <details className="rounded-sm border border-line px-3 py-2 text-sm">
      <summary className="touch-target cursor-pointer text-muted">
        {t("moderation:refused", { count: refused.length })}
      </summary>
      <ul className="mt-2 flex flex-col gap-2">
        {refused.map(({ account, text, reason, at }) => (
          <li key={`${account.id} ${at}`}>
            <PersonName person={account} onPerson={onPerson} />{" "}
            <bdi dir="auto" className="wrap-anywhere">
              {text}
            </bdi>
            <p className="text-xs text-faint">{reason}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}
