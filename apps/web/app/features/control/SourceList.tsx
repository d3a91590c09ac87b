/** All connected sources, which of them is shown and why, and the choice among them. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { SourceSlot } from "@rostrum/contract/sources";
import { Cable, CircleDashed, Image, Wand2 } from "lucide-react";
import { useContext } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { SourceRow } from "./SourceRow.tsx";
import type { TakeWish } from "./use-asking.ts";
import { RevealContext } from "./use-room-layout.ts";
import type { Sources } from "./use-sources.ts";

/** `cued` is the one in the preview monitor. `onTake` asks first where the audience would notice. */
export function SourceList(props: {
  broadcast: OwnBroadcast;
  sources: Sources;
  cued: SourceSlot | null;
  onCue: (slot: SourceSlot) => void;
  onTake: (wish: TakeWish) => void;
  /** There is a panel that says how an encoder is connected. */
  mayConnect: boolean;
}) {
  const { broadcast, sources, cued, onCue, onTake, mayConnect } = props;
  const { t } = useTranslation();
  const { items, selected, override, busy, refusal } = sources;
  const onAir = broadcast.state === "live" || broadcast.state === "interrupted";
  return (
    <div className="flex flex-col gap-3">
      {items.length === 0 ? (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm text-muted">
          <CircleDashed aria-hidden className="size-5 shrink-0 text-icon" />
          <p className="min-w-40 flex-1">{t("control:source.none")}</p>
          {mayConnect ? <ConnectButton /> : null}
        </div>
      ) : (
        <ul className="flex flex-col gap-3">
          {items.map((source) => (
            <SourceRow
              key={source.id}
              source={source}
              shown={source.id === selected}
              cued={source.id === cued}
              onCue={source.id === selected ? null : () => onCue(source.id)}
              onTake={source.id === selected || source.state === "frozen" || busy ? null : () => onTake(source.id)}
            />
          ))}
        </ul>
      )}
      <p role="status" className="text-xs text-muted">
        <Why selected={selected} override={override} />
      </p>
      <div className="flex flex-wrap gap-2">
        {override === null ? null : (
          <Button size="sm" busy={busy} onClick={() => onTake(null)}>
            <Wand2 aria-hidden />
            {t("control:sources.automatic")}
          </Button>
        )}
        {onAir && selected !== "slate" ? (
          <Button size="sm" disabled={busy} onClick={() => onTake("slate")}>
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
    </div>
  );
}

function ConnectButton() {
  const { t } = useTranslation();
  const reveal = useContext(RevealContext);
  return (
    <Button size="sm" variant="primary" onClick={() => reveal("connect")}>
      <Cable aria-hidden />
      {t("control:source.connect")}
    </Button>
  );
}

/** Why viewers see what they see. */
function Why({ selected, override }: Pick<Sources, "selected" | "override">) {
  const { t } = useTranslation();
  const name = (kind: Exclude<TakeWish, null>): string => t(`control:sources.name.${kind}`);
  if (override === null) {
    if (selected === null) return t("control:sources.why.nothing");
    return t(selected === "slate" ? "control:sources.why.slate" : "control:sources.why.automatic");
  }
  if (override === selected) return t("control:sources.why.taken", { name: name(override) });
  return t("control:sources.why.missing", { name: name(override) });
}
