/** Header, content and footer of every page that is more than a player. */
import { type ReactNode, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useMatch } from "react-router";
import { PageCommandsProvider } from "../../lib/page-commands.tsx";
import { usePageHandle } from "../../lib/page-handle.ts";
import { useMe, useRootData } from "../../lib/session.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { AccountMenu } from "./AccountMenu.tsx";
import { CommandPalette } from "./CommandPalette.tsx";
import { ConnectionNote } from "./ConnectionNote.tsx";
import { GoLiveButton } from "./GoLiveButton.tsx";
import { Logo } from "./Logo.tsx";
import { SearchBox, SearchButton } from "./SearchBox.tsx";
import { ShortcutSheet } from "./ShortcutSheet.tsx";
import { useShellKeys } from "./use-shell-keys.ts";

/** One per page. `frame: "wide"` of the page's handle leaves out margins and footer. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { frame = "page" } = usePageHandle();
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const openPalette = useCallback(() => setPalette(true), []);
  const openSheet = useCallback(() => setSheet(true), []);
  useShellKeys(openPalette, openSheet);
  return (
    <PageCommandsProvider>
      <div className="flex min-h-dvh flex-col">
        <a
          href="#content"
          className="sr-only rounded-sm bg-accent text-on-solid focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:px-4 focus:py-2"
        >
          {t("shell:skip")}
        </a>
        <Header onPalette={openPalette} />
        <ConnectionNote />
        <main id="content" tabIndex={-1} className={cn("flex-1 outline-none", frame === "page" && "page pt-6 pb-16")}>
          {children}
        </main>
        {frame === "page" ? <Footer /> : null}
        <CommandPalette open={palette} onOpenChange={setPalette} onShortcuts={openSheet} />
        <ShortcutSheet open={sheet} onOpenChange={setSheet} />
      </div>
    </PageCommandsProvider>
  );
}

function Header({ onPalette }: { onPalette: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  // There the big button of the page is the one that goes live.
  const inControlRoom = useMatch("/control/:broadcastId") !== null;
  return (
    <header className="sticky top-0 z-40 h-(--header-height) border-b border-line bg-canvas">
      <div className="page flex h-full max-w-none items-center gap-2 sm:gap-4">
        <Logo className="max-sm:shrink" />
        <nav aria-label={t("shell:mainNavigation")} className="hidden items-center gap-1 md:flex">
          <HeaderLink to="/">{t("shell:discover")}</HeaderLink>
          {me ? <HeaderLink to="/dashboard">{t("shell:dashboard")}</HeaderLink> : null}
        </nav>
        <div className="flex min-w-0 flex-1 items-center justify-end gap-1.5 sm:gap-2">
          <SearchBox onPalette={onPalette} className="hidden w-full max-w-80 md:block" />
          <SearchButton className="md:hidden" />
          {me && !inControlRoom ? <GoLiveButton /> : null}
          {me ? null : (
            <ButtonLink to="/login" variant="primary">
              {t("shell:signIn")}
            </ButtonLink>
          )}
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}

function HeaderLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <NavLink
      to={to}
      end
      className={({ isActive }) =>
        cn(
          "inline-flex h-8 touch-target items-center rounded-sm px-2.5 text-base font-medium transition-colors hover:bg-hover hover:text-text",
          isActive ? "text-text" : "text-muted",
        )
      }
    >
      {children}
    </NavLink>
  );
}

function Footer() {
  const { t } = useTranslation();
  const version = useRootData()?.instance.version;
  return (
    <footer className="border-t border-line">
      <div className="page flex max-w-none flex-wrap items-center justify-between gap-x-6 gap-y-2 py-4 text-xs text-faint">
        <span>{t("shell:footer.poweredBy", { version: version ?? "" })}</span>
        <a href="/api/docs" className="rounded-sm hover:text-text hover:underline">
          {t("shell:footer.api")}
        </a>
      </div>
    </footer>
  );
}
