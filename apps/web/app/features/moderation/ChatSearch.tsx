/** Looks through what was said, also what is held or deleted: by text, author and time; shows what was said around it; exports. */
import type { Client } from "@rostrum/client/client";
import { ChatMessageState } from "@rostrum/contract/chat";
import { Search } from "lucide-react";
import { type FormEvent, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { DownloadLink } from "../../ui/DownloadLink.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { ListEnd } from "./ListStates.tsx";
import type { OnPerson } from "./PersonName.tsx";
import { FoundMessage } from "./FoundMessage.tsx";
import { BLANK_SEARCH, type SearchForm, searchQuery } from "./search-query.ts";
import { usePages } from "./use-pages.ts";

const PAGE = 50;

type Where = "show" | "channel";

export type ChatSearchProps = Readonly<{
  api: Pick<Client, "chat">;
  channelId: string;
  broadcastId: string;
  onPerson?: OnPerson | undefined;
}>;

export function ChatSearch({ api, channelId, broadcastId, onPerson }: ChatSearchProps) {
  const { t } = useTranslation();
  const [where, setWhere] = useState<Where>("show");
  const [asked, setAsked] = useState<SearchForm>(BLANK_SEARCH);
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => {
      const query = { ...searchQuery(asked), cursor, limit: PAGE };
      return where === "show"
        ? api.chat.search(broadcastId, query, { signal })
        : api.chat.searchChannel(channelId, query, { signal });
    },
    [api, asked, broadcastId, channelId, where],
  );
  const pages = usePages(load);
  const { items } = pages;
  return (
    <div className="flex flex-col gap-3">
      <SegmentedControl<Where>
        label={t("moderation:search.where")}
        value={where}
        options={[
          { value: "show", label: t("moderation:search.show") },
          { value: "channel", label: t("moderation:search.channel") },
        ]}
        onValueChange={setWhere}
        className="self-start"
      />
      <SearchFields onSearch={setAsked} />
      <p role="status" className="sr-only">
        {pages.phase === "ready" ? t("moderation:search.found", { count: items.length }) : ""}
      </p>
      <ul aria-label={t("moderation:search.results")} className="-my-1 divide-y divide-line">
        {items.map((message) => (
          <FoundMessage key={message.id} api={api} message={message} onPerson={onPerson} />
        ))}
      </ul>
      <ListEnd pages={pages} count={items.length} onMore={pages.more} empty={t("moderation:search.empty")} />
      <Exports broadcastId={broadcastId} />
    </div>
  );
}

const ANY = "any";

function SearchFields({ onSearch }: { onSearch: (form: SearchForm) => void }) {
  const { t } = useTranslation();
  const [form, setForm] = useState(BLANK_SEARCH);
  const set = (change: Partial<SearchForm>): void => setForm({ ...form, ...change });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSearch({ ...form });
  };
  return (
    <form
      noValidate
      role="search"
      aria-label={t("moderation:search.page")}
      onSubmit={submit}
      className="grid gap-2 sm:grid-cols-2"
    >
      <TextField
        label={t("moderation:search.text")}
        value={form.q}
        maxLength={100}
        enterKeyHint="search"
        onChange={(event) => set({ q: event.target.value })}
      />
      <TextField
        label={t("moderation:search.author")}
        prefix="@"
        value={form.author}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => set({ author: event.target.value })}
      />
      <TextField
        label={t("moderation:search.from")}
        type="datetime-local"
        value={form.from}
        onChange={(event) => set({ from: event.target.value })}
      />
      <TextField
        label={t("moderation:search.to")}
        type="datetime-local"
        value={form.to}
        onChange={(event) => set({ to: event.target.value })}
      />
      <Select
        label={t("moderation:search.state")}
        value={form.state}
        options={[
          { value: ANY, label: t("moderation:search.states.any") },
          ...ChatMessageState.options.map((value) => ({ value, label: t(`moderation:search.states.${value}`) })),
        ]}
        onValueChange={(state) => set({ state })}
      />
      <Button type="submit" variant="primary" className="self-end">
        <Search aria-hidden />
        {t("moderation:search.action")}
      </Button>
    </form>
  );
}

function Exports({ broadcastId }: { broadcastId: string }) {
  const { t } = useTranslation();
  const link = (file: "csv" | "json") => (
    <DownloadLink
      size="sm"
      href={`/api/v1/broadcasts/${broadcastId}/chat/export.${file}`}
      label={t("moderation:search.exportAs", { file: file.toUpperCase() })}
    >
      {file.toUpperCase()}
    </DownloadLink>
  );
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line pt-3 text-sm text-muted">
      <span className="min-w-0 flex-1">{t("moderation:search.export")}</span>
      {link("csv")}
      {link("json")}
    </div>
  );
}
