/** One person who has registered. */
import type { Registration } from "@rostrum/contract/registration";
import { KeyRound, MoreHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuItem } from "../../ui/Menu.tsx";
import { RelativeTime } from "../../ui/Time.tsx";

type RowProps = Readonly<{
  registration: Registration;
  /** Left out: the person who looks may only look. */
  onRenew?: () => Promise<unknown>;
  onRemove?: () => Promise<unknown>;
}>;

export function RegistrationRow({ registration: one, onRenew, onRemove }: RowProps) {
  return (
    <li className="flex items-start gap-2 px-3 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">
          <bdi>{one.name}</bdi>
        </p>
        <p className="truncate text-xs text-muted">{one.email}</p>
        {one.answers.map(({ label, value }, at) => (
          // Two questions may be called the same; their order stays.
          <p key={`${at} ${label}`} className="text-xs wrap-anywhere text-faint">
            <bdi>{label}</bdi>: <bdi>{value}</bdi>
          </p>
        ))}
        <Facts registration={one} />
      </div>
      {onRenew && onRemove ? <Actions name={one.name} onRenew={onRenew} onRemove={onRemove} /> : null}
    </li>
  );
}

function Facts({ registration: { registeredAt, openedAt, joinedAt, minutesWatched } }: RowProps) {
  const { t } = useTranslation();
  const opened = openedAt === null ? t("registration:panel.notOpened") : t("registration:panel.opened");
  return (
    <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-faint tabular">
      <RelativeTime at={registeredAt} />
      <span>{joinedAt === null ? opened : t("registration:panel.here", { count: minutesWatched })}</span>
    </p>
  );
}

function Actions({ name, onRenew, onRemove }: Required<Omit<RowProps, "registration">> & { name: string }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState<{ text: string; failed: boolean } | null>(null);
  const renew = async (): Promise<void> => {
    try {
      await onRenew();
      setSaid({ text: t("registration:panel.renewed", { name }), failed: false });
    } catch (error) {
      setSaid({ text: messageOf(error, t("error.unknown")), failed: true });
    }
  };
  return (
    <div className="flex max-w-[45%] flex-col items-end gap-1">
      <Menu
        trigger={<IconButton size="sm" label={t("registration:panel.actions", { name })} icon={<MoreHorizontal />} />}
      >
        <MenuItem icon={<KeyRound aria-hidden />} onSelect={() => void renew()}>
          {t("registration:panel.renew")}
        </MenuItem>
        <MenuItem danger icon={<Trash2 aria-hidden />} onSelect={() => setAsking(true)}>
          {t("registration:panel.delete")}
        </MenuItem>
      </Menu>
      <p role="status" className={said?.failed ? "text-xs text-live-text" : "text-xs text-muted"}>
        {said?.text}
      </p>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("registration:panel.deleteAsk", { name })}
        description={t("registration:panel.deleteLost")}
        action={t("registration:panel.delete")}
        onConfirm={async () => {
          await onRemove();
        }}
      />
    </div>
  );
}
