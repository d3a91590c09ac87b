/** The head of the control room: what the show is, how it is, and what comes next. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import { EllipsisVertical, ExternalLink, LayoutDashboard, Settings, Square, Users } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { useConnectionState } from "../../lib/realtime/use-topic.ts";
import { ConnectionState } from "../../ui/ConnectionState.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuItem, MenuLink } from "../../ui/Menu.tsx";
import { ActionButton } from "./ActionButton.tsx";
import type { ActionName } from "./next-action.ts";
import { StateClock } from "./StateClock.tsx";
import { TitleEdit } from "./TitleEdit.tsx";
import type { Control } from "./use-control.ts";
import type { RoomLayout } from "./use-room-layout.ts";

/** `health` is the light with its sentence. */
export function TopStrip(props: {
  control: Control;
  health: ReactNode;
  layout: RoomLayout;
  onAct: (action: ActionName) => void;
}) {
  const { control, health, layout, onAct } = props;
  const { t } = useTranslation();
  const { broadcast } = control;
  const { role } = broadcast;
  return (
    <header className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <div className="flex min-w-0 flex-1 basis-80 flex-col gap-1">
        <TitleEdit title={broadcast.title} onSave={can(role, "broadcast.update") ? control.rename : null} />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
          <StateClock broadcast={broadcast} />
          <Viewers count={broadcast.viewers} />
          <span className="truncate">{broadcast.channel.title}</span>
          <span>{t(`control:visibility.${broadcast.visibility}`)}</span>
          <ConnectionState state={useConnectionState()} />
        </div>
      </div>
      {health}
      <div className="flex items-center gap-2 max-sm:w-full">
        <IconButton
          label={t("control:arrange.title")}
          icon={<LayoutDashboard aria-hidden />}
          variant="secondary"
          data-arrange
          aria-pressed={layout.isArranging}
          onClick={() => layout.setArranging(!layout.isArranging)}
          className="aria-pressed:bg-accent-tint aria-pressed:text-accent-text max-lg:hidden"
        />
        <MoreMenu broadcast={broadcast} onAct={onAct} />
        {can(role, "broadcast.control") ? (
          <ActionButton broadcast={broadcast} busy={control.busy} onAct={onAct} />
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

function MoreMenu({ broadcast, onAct }: { broadcast: OwnBroadcast; onAct: (action: ActionName) => void }) {
  const { t } = useTranslation();
  return (
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
        <MenuItem icon={<Square aria-hidden />} onSelect={() => onAct("end")}>
          {t("control:endPreview")}
        </MenuItem>
      ) : null}
    </Menu>
  );
}
