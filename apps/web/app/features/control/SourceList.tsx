/** All connected sources, which of them is shown and why, and the choice among them. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { ConnectedSources } from "@rostrum/contract/sources";
import { CircleDashed, Image, Wand2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { SourceRow } from "./SourceRow.tsx";
import type { Sources } from "./use-sources.ts";

type Wish = ConnectedSources["override"];

/** What the audience would notice is asked about first. */
export function SourceList({ broadcast, sources }: { broadcast: OwnBroadcast; sources: Sources }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<{ wish: Wish } | null>(null);
  const { items, selected, override, busy, refusal } = sources;
  const onAir = broadcast.state === "live" || broadcast.state === "interrupted";
  const take = (wish: Wish): void => (onAir ? setAsking({ wish }) : sources.take(wish));
  return (
    <div className="flex flex-col gap-3">
      {items.length === 0 ? (
        <p className="flex items-center gap-3 text-sm text-muted">
          <CircleDashed aria-hidden className="size-5 shrink-0 text-icon" />
          {t("control:source.none")}
        </p>
      ) : (
        <ul className="flex flex-col gap-3">
          {items.map((source) => (
            <SourceRow
              key={source.id}
              source={source}
              shown={source.id === selected}
              onTake={source.id === selected || source.state === "frozen" || busy ? null : () => take(source.id)}
            />
          ))}
        </ul>
      )}
      <p role="status" className="text-xs text-muted">
        <Why selected={selected} override={override} />
      </p>
      <div className="flex flex-wrap gap-2">
        {override === null ? null : (
          <Button size="sm" busy={busy} onClick={() => take(null)}>
            <Wand2 aria-hidden />
            {t("control:sources.automatic")}
          </Button>
        )}
        {onAir && selected !== "slate" ? (
          <Button size="sm" disabled={busy} onClick={() => take("slate")}>
            <Image aria-hidden />
            {t("control:sources.slate")}
          </Button>
        ) : null}
      </div>
      {refusal === null ? null : (
        <p role="alert" className="text-sm text-live-text">
          {refusal}
        </p>
      )}
      <Ask asking={asking} onClose={() => setAsking(null)} onTake={sources.take} />
    </div>
  );
}

/** Why viewers see what they see. */
function Why({ selected, override }: Pick<Sources, "selected" | "override">) {
  const { t } = useTranslation();
  const name = (kind: Exclude<Wish, null>): string => t(`control:sources.name.${kind}`);
  if (override === null) {
    if (selected === null) return t("control:sources.why.nothing");
    return t(selected === "slate" ? "control:sources.why.slate" : "control:sources.why.automatic");
  }
  if (override === selected) return t("control:sources.why.taken", { name: name(override) });
  return t("control:sources.why.missing", { name: name(override) });
}

function Ask({
  asking,
  onClose,
  onTake,
}: {
  asking: { wish: Wish } | null;
  onClose: () => void;
  onTake: (wish: Wish) => void;
}) {
  const { t } = useTranslation();
  const wish = asking?.wish ?? null;
  const kind = wish === null ? "automatic" : wish === "slate" ? "slate" : "source";
  const name = wish === null ? "" : t(`control:sources.name.${wish}`);
  return (
    <ConfirmDialog
      open={asking !== null}
      onOpenChange={onClose}
      tone="primary"
      title={t(`control:sources.ask.${kind}.title`, { name })}
      description={t(`control:sources.ask.${kind}.text`)}
      action={t(`control:sources.ask.${kind}.action`)}
      onConfirm={() => onTake(wish)}
    />
  );
}
