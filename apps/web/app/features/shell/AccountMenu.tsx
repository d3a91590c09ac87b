/** The menu at the right end of the header: the account when there is one, pages on phones, appearance. */
import {
  Compass,
  KeyRound,
  LayoutDashboard,
  LogOut,
  Menu as MenuIcon,
  Monitor,
  Moon,
  Settings,
  Sun,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate, useRevalidator } from "react-router";
import { browserApi } from "../../lib/api.ts";
import { leaveBrowser } from "../../lib/browser-push.ts";
import { useMe, useRootData } from "../../lib/session.ts";
import { rememberTheme, type Theme } from "../../lib/visitor.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLink, MenuSeparator } from "../../ui/Menu.tsx";

export function AccountMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const trigger = me ? (
    <button
      type="button"
      aria-label={t("shell:account", { name: me.displayName })}
      className="inline-flex touch-target shrink-0 items-center justify-center rounded-full"
    >
      <Avatar name={me.displayName} seed={me.handle} className="size-8" />
    </button>
  ) : (
    <IconButton label={t("shell:menu")} icon={<MenuIcon aria-hidden />} />
  );
  return (
    <Menu trigger={trigger}>
      {me ? (
        <div className="px-2.5 py-2">
          <p className="truncate text-base font-medium">{me.displayName}</p>
          <p className="truncate text-xs text-faint">{me.email}</p>
        </div>
      ) : null}
      {me ? <MenuSeparator /> : null}
      <Pages signedIn={me !== null} />
      <MenuSeparator />
      <ThemeChoice />
      {me ? <SignOut /> : null}
    </Menu>
  );
}

function Pages({ signedIn }: { signedIn: boolean }) {
  const { t } = useTranslation();
  const registration = useRootData()?.instance.registration;
  return (
    <>
      <MenuLabel>{t("shell:palette.go")}</MenuLabel>
      <MenuLink to="/" icon={<Compass aria-hidden />}>
        {t("shell:discover")}
      </MenuLink>
      {signedIn ? (
        <>
          <MenuLink to="/dashboard" icon={<LayoutDashboard aria-hidden />}>
            {t("shell:dashboard")}
          </MenuLink>
          <MenuLink to="/settings" icon={<Settings aria-hidden />}>
            {t("shell:settings")}
          </MenuLink>
        </>
      ) : null}
      {!signedIn && registration !== "closed" ? (
        <MenuLink to="/register" icon={<KeyRound aria-hidden />}>
          {t("shell:register")}
        </MenuLink>
      ) : null}
    </>
  );
}

function ThemeChoice() {
  const { t } = useTranslation();
  const theme = useRootData()?.theme ?? "system";
  const { revalidate } = useRevalidator();
  const choose = (next: Theme): void => {
    rememberTheme(next);
    void revalidate();
  };
  return (
    <MenuChoice
      label={t("shell:theme.label")}
      value={theme}
      onValueChange={choose}
      options={[
        { value: "system", label: t("shell:theme.system"), icon: <Monitor aria-hidden /> },
        { value: "light", label: t("shell:theme.light"), icon: <Sun aria-hidden /> },
        { value: "dark", label: t("shell:theme.dark"), icon: <Moon aria-hidden /> },
      ]}
    />
  );
}

function SignOut() {
  const { t } = useTranslation();
  const signOut = useSignOut();
  return (
    <>
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden />} onSelect={() => void signOut()}>
        {t("shell:signOut")}
      </MenuItem>
    </>
  );
}

/** Ends the session on this device and shows the front page as a stranger sees it. */
export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  const { revalidate } = useRevalidator();
  return async () => {
    await leaveBrowser(browserApi());
    await browserApi().auth.logout();
    await navigate("/");
    await revalidate();
  };
}
