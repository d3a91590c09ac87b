/** Where the chat stands on the watch page, with what else goes on: beside the player, on phones below it as tabs next to the show. */
import { MessageSquare, PanelRightClose, PanelRightOpen } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHydrated } from "../../lib/locale.tsx";
import { useMediaQuery } from "../../lib/use-media-query.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { ChatSkeleton } from "./ChatStates.tsx";
import { type SideTab, SideTabs } from "./SideTabs.tsx";

const WIDE = "(width >= 64rem)";

export type ChatTab = "chat" | "about";

/** What stands in the chat's place when its tab is chosen. */
export type SidePanel = SideTab & Readonly<{ node: ReactNode }>;

/**
 * The player and what stands under it, with the chat at their side.
 * @param first the tab that phones begin with
 * @param chat is drawn once, where there is room for it; null: there is none
 */
export function ChatSide(props: {
  player: ReactNode;
  children: ReactNode;
  chat: ((hide: ReactNode) => ReactNode) | null;
  /** Beside the chat, in their order. */
  more?: readonly SidePanel[];
  first: ChatTab;
  /** Of the show: the page's heading while its own is behind another tab. */
  title: string;
}) {
  const { player, children, chat, more = NONE, first, title } = props;
  const { t } = useTranslation();
  const isWide = useMediaQuery(WIDE);
  const isHydrated = useHydrated();
  const [chosen, setTab] = useState<string>(first);
  const [isHidden, setHidden] = useState(false);
  if (chat === null)
    return (
      <>
        {player}
        {children}
      </>
    );
  // What was chosen may be gone meanwhile.
  const tab = chosen === "about" || more.some(({ id }) => id === chosen) ? chosen : "chat";
  const chatTab: SideTab = { id: "chat", label: t("chat:title"), icon: <MessageSquare aria-hidden /> };
  const about: SideTab = { id: "about", label: t("chat:about") };
  const panel = (hide: ReactNode): ReactNode => more.find(({ id }) => id === tab)?.node ?? chat(hide);
  return (
    <div className="has-data-strip:[--strip-height:45px] lg:flex lg:items-start">
      <div className="min-w-0 flex-1 max-lg:contents">
        {player}
        <SideTabs
          prefix={UNDER}
          label={t("chat:tabs")}
          tabs={[chatTab, ...more, about]}
          active={tab}
          onTab={setTab}
          className="lg:hidden"
        />
        {isHydrated && !isWide && tab !== "about" ? (
          <div role="tabpanel" aria-labelledby={`${UNDER}-${tab}`} className={UNDER_PLAYER}>
            <h1 className="sr-only">{title}</h1>
            {panel(null)}
          </div>
        ) : null}
        <div className={tab === "about" ? undefined : "max-lg:hidden"}>{children}</div>
      </div>
      {isHidden ? (
        <ShowButton onClick={() => setHidden(false)} />
      ) : (
        <Beside
          tabs={more.length === 0 ? NONE : [chatTab, ...more]}
          active={tab === "about" ? "chat" : tab}
          onTab={setTab}
          onHide={() => setHidden(true)}
        >
          {(hide) => (isWide ? panel(hide) : <ChatSkeleton />)}
        </Beside>
      )}
    </div>
  );
}

const NONE: readonly SidePanel[] = [];

/** Names of the tabs, below the player and beside it. */
const UNDER = "watch-tab";
const BESIDE = "watch-side";

/** What the header, the picture with its strip, the tabs and the browser leave of the screen. */
const UNDER_PLAYER =
  "h-[calc(100dvh-var(--header-height)-min(56.25vw,60dvh)-44px-var(--strip-height,0px))] min-h-80 lg:hidden";

type BesideProps = Readonly<{
  /** None: the chat stands alone, and has the button that hides it in its own header. */
  tabs: readonly SideTab[];
  active: string;
  onTab: (id: string) => void;
  onHide: () => void;
  children: (hide: ReactNode) => ReactNode;
}>;

function Beside({ tabs, active, onTab, onHide, children }: BesideProps) {
  const { t } = useTranslation();
  const hide = <IconButton size="sm" label={t("chat:hide")} icon={<PanelRightClose aria-hidden />} onClick={onHide} />;
  const frame =
    "sticky top-(--header-height) hidden h-[calc(100dvh-var(--header-height))] w-85 shrink-0 border-l border-line";
  if (tabs.length === 0) return <div className={`${frame} lg:block`}>{children(hide)}</div>;
  return (
    <div className={`${frame} flex-col lg:flex`}>
      <div className="flex items-center border-b border-line pr-1">
        <SideTabs
          prefix={BESIDE}
          label={t("chat:tabs")}
          tabs={tabs}
          active={active}
          onTab={onTab}
          className="min-w-0 flex-1 border-b-0"
        />
        {hide}
      </div>
      <div role="tabpanel" aria-labelledby={`${BESIDE}-${active}`} className="min-h-0 flex-1">
        {children(null)}
      </div>
    </div>
  );
}

function ShowButton({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="sticky top-[calc(var(--header-height)+8px)] z-20 hidden shrink-0 pr-2 lg:block">
      <IconButton
        variant="secondary"
        side="left"
        label={t("chat:show")}
        icon={<PanelRightOpen aria-hidden />}
        onClick={onClick}
      />
    </div>
  );
}
