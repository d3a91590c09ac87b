/** What a follower wishes to hear when a show begins, and the way out. */
import type { Follow } from "@rostrum/contract/follows";
import type { PushSubscription } from "@rostrum/contract/notifications";
import { BellPlus, BellOff, Mail, MessageSquareDot } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type BrowserPush, useBrowserPush } from "../../lib/use-browser-push.ts";
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuSeparator } from "../../ui/Menu.tsx";
import { toast } from "../../ui/toast.ts";
import type { FollowApi } from "./use-follow.ts";

type Props = Readonly<{
  api: FollowApi;
  follow: Follow;
  onChange: (wishes: Partial<Pick<Follow, "mail" | "push">>) => Promise<boolean>;
  onEnd: () => void;
  trigger: ReactNode;
}>;

export function FollowMenu({ api, follow, onChange, onEnd, trigger }: Props) {
  const { t } = useTranslation();
  const [browsers, setBrowsers] = useState<readonly PushSubscription[] | null>(null);
  const read = (): void => {
    api.push.list().then(
      ({ items }) => setBrowsers(items),
      // Then the menu says nothing of this browser; the account's settings do.
      () => setBrowsers(null),
    );
  };
  const push = useBrowserPush(api, browsers, read);
  return (
    <Menu trigger={trigger} align="start" onOpenChange={(isOpen) => (isOpen ? read() : undefined)}>
      <MenuLabel>{t("follows:menu.when")}</MenuLabel>
      <MenuCheck icon={<Mail aria-hidden />} checked={follow.mail} onCheckedChange={(mail) => void onChange({ mail })}>
        {t("follows:menu.mail")}
      </MenuCheck>
      <MenuCheck
        icon={<MessageSquareDot aria-hidden />}
        checked={follow.push}
        onCheckedChange={(wished) => void onChange({ push: wished })}
      >
        {t("follows:menu.push")}
      </MenuCheck>
      {follow.push ? <ThisBrowser push={push} /> : null}
      <MenuSeparator />
      <MenuItem icon={<BellOff aria-hidden />} onSelect={onEnd}>
        {t("follows:menu.unfollow")}
      </MenuItem>
    </Menu>
  );
}

/** Nothing where this browser shows them already. */
function ThisBrowser({ push }: { push: BrowserPush }) {
  const { t } = useTranslation();
  const { state } = push;
  if (state === null || state.id !== null) return null;
  if (state.ability !== "ready") {
    return (
      <MenuLabel>
        <span className="block max-w-56 pb-1 text-pretty">{t(`push.${state.ability}`)}</span>
      </MenuLabel>
    );
  }
  // The menu is closed when the answer comes.
  const switchOn = async (): Promise<void> => {
    const done = await push.set(true);
    if (done.kind === "failed") toast.error(done.text);
    else toast.success(t("push.on"));
  };
  return (
    <MenuItem icon={<BellPlus aria-hidden />} onSelect={() => void switchOn()}>
      {t("follows:menu.here")}
    </MenuItem>
  );
}
