/** The head of the control room: what the show is, how it is, and what comes next. */
import { can } from "@rostrum/contract/permissions";
import { EllipsisVertical, ExternalLink, Settings, Square, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuItem, MenuLink } from "../../ui/Menu.tsx";
import { ActionButton } from "./ActionButton.tsx";
import { StateClock } from "./StateClock.tsx";
import { TitleEdit } from "./TitleEdit.tsx";
import type { Control } from "./use-control.ts";

/** `health` is the light with its sentence. */
export function TopStrip({ control, health }: { control: Control; health: ReactNode }) {
  const { t } = useTranslation();
  const { broadcast } = control;
  const { role } = broadcast;
  return (
    <header className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <div className="flex min-w-0 flex-1 basis-80 flex-col gap-1">
        <TitleEdit
          title={broadcast.title}
          onSave={can(role, "broadcast.update") ? (title) => void control.rename(title) : null}
        />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
          <StateClock broadcast={broadcast} />
          <Viewers count={broadcast.viewers} />
          <span className="truncate">{broadcast.channel.title}</span>
          <span>{t(`control:visibility.${broadcast.visibility}`)}</span>
        </div>
      </div>
      {health}
      <div className="flex items-center gap-2 max-sm:w-full">
        <MoreMenu control={control} />
        {can(role, "broadcast.control") ? (
          <ActionButton broadcast={broadcast} busy={control.busy} onAct={control.act} />
        ) : null}
      </div>
    </header>
  );
}

function Viewers({ count }: { count: number | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  return (
    <span className="inline-flex items-center gap-1.5 tabular">
      <Users aria-hidden className="size-4 text-icon" />
      {count === null
        ? t("control:viewersUnknown")
        : t("control:viewers", { count, shown: formatCount(count, locale) })}
    </span>
  );
}

function MoreMenu({ control }: { control: Control }) {
  const { t } = useTranslation();
  const { broadcast } = control;
  const [ending, setEnding] = useState(false);
  return (
    <>
      <Menu trigger={<IconButton label={t("control:more")} icon={<EllipsisVertical />} variant="secondary" />}>
        <MenuLink to={`/watch/${broadcast.id}`} icon={<ExternalLink aria-hidden />}>
          {t("control:openWatch")}
        </MenuLink>
        {can(broadcast.role, "broadcast.update") ? (
          <MenuLink to={`/broadcasts/${broadcast.id}/settings`} icon={<Settings aria-hidden />}>
            {t("control:showSettings")}
          </MenuLink>
        ) : null}
        {can(broadcast.role, "channel.read") ? (
          <MenuLink to={`/channels/${broadcast.channel.id}/settings`} icon={<Settings aria-hidden />}>
            {t("control:channelSettings")}
          </MenuLink>
        ) : null}
        {broadcast.state === "preview" && can(broadcast.role, "broadcast.control") ? (
          <MenuItem icon={<Square aria-hidden />} onSelect={() => setEnding(true)}>
            {t("control:endPreview")}
          </MenuItem>
        ) : null}
      </Menu>
      <ConfirmDialog
        open={ending}
        onOpenChange={setEnding}
        title={t("control:confirm.end.title", { title: broadcast.title })}
        description={t("control:confirm.end.preview")}
        action={t("control:endPreview")}
        onConfirm={() => void control.act("end")}
      />
    </>
  );
}
