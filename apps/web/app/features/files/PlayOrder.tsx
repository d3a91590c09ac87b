/** The order in which files play; changed by buttons, so by keyboard and touch alike. */
import type { MediaFile } from "@rostrum/contract/files";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { moved } from "./playlist.ts";

/** `order` are ids; a file may stand twice. */
export function PlayOrder({
  order,
  files,
  onChange,
}: {
  order: readonly string[];
  files: readonly MediaFile[];
  onChange: (order: readonly string[]) => void;
}) {
  const { t } = useTranslation();
  const fileOf = (id: string): MediaFile | undefined => files.find((file) => file.id === id);
  const totalMs = order.reduce((sum, id) => sum + (fileOf(id)?.durationMs ?? 0), 0);
  return (
    <div className="flex flex-col gap-2">
      <h3 className="flex items-baseline justify-between gap-3 text-sm font-semibold">
        {t("files:order.title")}
        {order.length === 0 ? null : (
          <span className="text-xs font-normal text-faint tabular">
            {t("files:order.total", { count: order.length, length: formatClock(totalMs) })}
          </span>
        )}
      </h3>
      {order.length === 0 ? (
        <p className="rounded-md border border-dashed border-line-strong px-4 py-6 text-center text-sm text-muted">
          {t("files:order.empty")}
        </p>
      ) : (
        <ol className="flex flex-col divide-y divide-line">
          {order.map((id, index) => (
            <Entry
              // oxlint-disable-next-line react/no-array-index-key -- the same file may stand twice
              key={`${id}-${index}`}
              title={fileOf(id)?.title ?? t("files:order.gone")}
              number={index + 1}
              first={index === 0}
              last={index === order.length - 1}
              onMove={(step) => onChange(moved(order, index, step))}
              onRemove={() => onChange(order.filter((_, i) => i !== index))}
            />
          ))}
        </ol>
      )}
    </div>
  );
}

function Entry({
  title,
  number,
  first,
  last,
  onMove,
  onRemove,
}: {
  title: string;
  number: number;
  first: boolean;
  last: boolean;
  onMove: (step: -1 | 1) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  return (
    <li className="flex items-center gap-1 py-1 text-sm">
      <span className="w-6 shrink-0 text-xs text-faint tabular">{number}</span>
      <span className="min-w-0 flex-1 truncate">{title}</span>
      <IconButton
        size="sm"
        label={t("files:order.up", { title })}
        icon={<ChevronUp />}
        disabled={first}
        onClick={() => onMove(-1)}
      />
      <IconButton
        size="sm"
        label={t("files:order.down", { title })}
        icon={<ChevronDown />}
        disabled={last}
        onClick={() => onMove(1)}
      />
      <IconButton size="sm" label={t("files:order.remove", { title })} icon={<X />} onClick={onRemove} />
    </li>
  );
}
