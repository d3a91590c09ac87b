/** "Follow", how many do, and for who does what they wish to hear of it. */
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { useMe } from "../../lib/session.ts";
import { Button, buttonClass } from "../../ui/Button.tsx";
import { toast } from "../../ui/toast.ts";
import { Bell, BellRing, ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { FollowMenu } from "./FollowMenu.tsx";
import { type FollowApi, useFollow } from "./use-follow.ts";

type Props = { api: FollowApi; channel: Readonly<{ id: string; title: string }> };

/** Give it a key that changes with the channel. */
export function FollowButton({ api, channel }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const state = useFollow(api, channel.id);
  const end = async (): Promise<void> => {
    const wishes = state.follow === null ? {} : { mail: state.follow.mail, push: state.follow.push };
    if (!(await state.end())) return;
    const again = { label: t("follows:undo"), onClick: () => void state.set(wishes) };
    toast.success(t("follows:ended", { title: channel.title }), again);
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      {me === null ? (
        <SignInToFollow title={channel.title} />
      ) : state.follow?.following ? (
        <FollowMenu
          api={api}
          follow={state.follow}
          onChange={state.set}
          onEnd={() => void end()}
          trigger={
            <Button aria-label={t("follows:button.followingNamed", { title: channel.title })} disabled={state.isSaving}>
              <BellRing aria-hidden />
              {t("follows:button.following")}
              <ChevronDown aria-hidden />
            </Button>
          }
        />
      ) : (
        <Button
          aria-label={t("follows:button.followNamed", { title: channel.title })}
          busy={state.isSaving}
          disabled={!state.isKnown}
          onClick={() => void state.set()}
        >
          {state.isSaving ? null : <Bell aria-hidden />}
          {t("follows:button.follow")}
        </Button>
      )}
      <Count followers={state.followers} />
      {state.failure === null ? null : (
        <p role="alert" className="w-full text-sm text-live-text">
          {t("follows:button.failed", { text: state.failure })}
        </p>
      )}
    </div>
  );
}

/** Comes back to this page afterwards. */
function SignInToFollow({ title }: { title: string }) {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  return (
    <Link
      to={`/login?next=${encodeURIComponent(pathname + search)}`}
      aria-label={t("follows:button.followNamed", { title })}
      className={buttonClass()}
    >
      <Bell aria-hidden />
      {t("follows:button.follow")}
    </Link>
  );
}

function Count({ followers }: { followers: number | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (followers === null || followers === 0) return null;
  return (
    <span className="text-sm text-muted tabular">
      {t("follows:button.followers", { count: followers, shown: formatCount(followers, locale) })}
    </span>
  );
}
