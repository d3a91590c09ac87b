/** A channel's own words and patterns, and what becomes of messages that have them. */
import type { Client } from "@rostrum/client/client";
import { FilterAction, FilterKind, MODERATION_LIMITS, type WordFilter } from "@rostrum/contract/moderation";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { SaveNote } from "../../ui/FormSection.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Select, SelectInput } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { TryText } from "./TryText.tsx";

type Props = Readonly<{ api: Pick<Client, "moderation">; channelId: string; mayChange: boolean }>;

/** `filters`: those there are at first, newest first. */
export function FilterList({ filters: initial, ...props }: Props & { filters: readonly WordFilter[] }) {
  const { t } = useTranslation();
  const [filters, setFilters] = useState(initial);
  const { mayChange } = props;
  return (
    <Section
      id="filters"
      title={t("moderation:filter.title")}
      description={t("moderation:filter.text")}
      actions={
        <span className="text-sm text-faint tabular">
          {filters.length} / {MODERATION_LIMITS.filtersPerChannel}
        </span>
      }
    >
      <div className="flex flex-col gap-5">
        {mayChange ? <AddFilter {...props} onAdded={(filter) => setFilters((all) => [filter, ...all])} /> : null}
        {filters.length === 0 ? (
          <p className="text-sm text-muted">{t("moderation:filter.empty")}</p>
        ) : (
          <ul className="max-h-96 divide-y divide-line overflow-y-auto border-y border-line">
            {filters.map((filter) => (
              <FilterRow
                key={filter.id}
                {...props}
                filter={filter}
                onChanged={(now) => setFilters((all) => all.map((each) => (each.id === now.id ? now : each)))}
                onRemoved={() => setFilters((all) => all.filter(({ id }) => id !== filter.id))}
              />
            ))}
          </ul>
        )}
        <TryText {...props} />
      </div>
    </Section>
  );
}

function FilterRow(
  props: Props & { filter: WordFilter; onChanged: (filter: WordFilter) => void; onRemoved: () => void },
) {
  const { api, channelId, mayChange, filter, onChanged, onRemoved } = props;
  const { t } = useTranslation();
  const change = useSave(async (action: FilterAction) =>
    onChanged(await api.moderation.changeFilter(channelId, filter.id, action)),
  );
  const remove = useSave(async () => {
    await api.moderation.removeFilter(channelId, filter.id);
    onRemoved();
  });
  const failed = [change.state, remove.state].find((state) => state.kind === "failed");
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
      <p className="flex min-w-0 flex-1 basis-40 items-center gap-2">
        <bdi dir="auto" className="min-w-0 font-mono text-sm wrap-anywhere">
          {filter.text}
        </bdi>
        {filter.kind === "pattern" ? <Badge>{t("moderation:filter.kind.pattern")}</Badge> : null}
      </p>
      {mayChange ? (
        <>
          <SelectInput<FilterAction>
            aria-label={t("moderation:filter.actionOf", { text: filter.text })}
            value={filter.action}
            disabled={change.state.kind === "saving"}
            options={FilterAction.options.map((value) => ({ value, label: t(`moderation:filter.action.${value}`) }))}
            onValueChange={(action) => void change.run(action)}
            className="w-44"
          />
          <IconButton
            size="sm"
            label={t("moderation:filter.removeOf", { text: filter.text })}
            icon={<Trash2 />}
            disabled={remove.state.kind === "saving"}
            onClick={() => void remove.run()}
          />
        </>
      ) : (
        <span className="text-sm text-muted">{t(`moderation:filter.action.${filter.action}`)}</span>
      )}
      {failed === undefined ? null : (
        <p role="alert" className="w-full text-xs text-live-text">
          {failed.text}
        </p>
      )}
    </li>
  );
}

function AddFilter({ api, channelId, onAdded }: Props & { onAdded: (filter: WordFilter) => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<FilterKind>("word");
  const [action, setAction] = useState<FilterAction>("hold");
  const [text, setText] = useState("");
  const { state, run, reset } = useSave(async () => {
    onAdded(await api.moderation.addFilter(channelId, { kind, text: text.trim(), action }));
    setText((now) => (now === text ? "" : now));
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,8rem)_minmax(0,1fr)_minmax(0,11rem)]">
        <Select
          label={t("moderation:filter.kind.label")}
          value={kind}
          options={FilterKind.options.map((value) => ({ value, label: t(`moderation:filter.kind.${value}`) }))}
          onValueChange={setKind}
        />
        <TextField
          label={t(`moderation:filter.words.${kind}`)}
          hint={kind === "pattern" ? t("moderation:filter.patternHint") : undefined}
          value={text}
          maxLength={MODERATION_LIMITS.filterChars}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            reset();
            setText(event.target.value);
          }}
        />
        <Select
          label={t("moderation:filter.action.label")}
          value={action}
          options={FilterAction.options.map((value) => ({ value, label: t(`moderation:filter.action.${value}`) }))}
          onValueChange={setAction}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SaveNote state={state} />
        <Button type="submit" busy={state.kind === "saving"} disabled={text.trim() === ""}>
          <Plus aria-hidden />
          {t("moderation:filter.add")}
        </Button>
      </div>
    </form>
  );
}
