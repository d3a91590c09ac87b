/** The browsers that show an account's notifications: this one switched on and off, the others removed. */
import type { PushSubscription } from "@rostrum/contract/notifications";
import { BellRing, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type PushApi, removeBrowser } from "../../lib/browser-push.ts";
import { deviceOf } from "../../lib/device.ts";
import { useBrowserPush } from "../../lib/use-browser-push.ts";
import { useSave } from "../../lib/use-save.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Section } from "../../ui/Card.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { RelativeTime } from "../../ui/Time.tsx";

type Props = {
  api: PushApi;
  browsers: readonly PushSubscription[];
  /** Where mails go. */
  email: string;
  /** Called when the list is another one. */
  onChanged: () => void;
};

export function PushSection({ api, browsers, email, onChanged }: Props) {
  const { t } = useTranslation();
  const push = useBrowserPush(api, browsers, onChanged);
  const [failure, setFailure] = useState<string | null>(null);
  const { state } = push;
  const canNot = state === null || state.ability === "ready" ? null : t(`push.${state.ability}`);
  const change = async (isOn: boolean): Promise<void> => {
    setFailure(null);
    const done = await push.set(isOn);
    if (done.kind === "failed") setFailure(done.text);
  };
  return (
    <Section
      id="notifications"
      title={t("notifications:title")}
      description={t("notifications:text")}
      footer={<span>{t("notifications:mail", { email })}</span>}
    >
      <div className="flex flex-col gap-4">
        <Switch
          label={t("notifications:here")}
          hint={canNot ?? t("notifications:hereHint")}
          checked={state !== null && state.id !== null}
          disabled={push.isBusy || state === null || canNot !== null}
          onCheckedChange={(isOn) => void change(isOn)}
        />
        {failure === null ? null : (
          <p role="alert" className="text-sm text-live-text">
            {failure}
          </p>
        )}
        {browsers.length === 0 ? (
          <p className="text-sm text-muted">{t("notifications:none")}</p>
        ) : (
          <ul className="-my-2 divide-y divide-line">
            {browsers.map((browser) => (
              <BrowserRow
                key={browser.id}
                api={api}
                browser={browser}
                isCurrent={browser.id === state?.id}
                onRemoved={onChanged}
              />
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

function BrowserRow(props: { api: PushApi; browser: PushSubscription; isCurrent: boolean; onRemoved: () => void }) {
  const { api, browser, isCurrent, onRemoved } = props;
  const { t } = useTranslation();
  const { state, run } = useSave(async () => {
    await removeBrowser(api, browser.id);
    onRemoved();
  });
  const device = deviceOf(browser.userAgent);
  const known = [device.browser, device.system].filter((part) => part !== null).join(", ");
  const name = known === "" ? t("notifications:unknown") : known;
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <BellRing aria-hidden className="size-5 shrink-0 text-icon" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span title={browser.userAgent}>{name}</span>
          {isCurrent ? <Badge tone="green">{t("notifications:current")}</Badge> : null}
        </p>
        <p className="text-sm text-muted">
          {t("notifications:added")} <RelativeTime at={browser.createdAt} /> · {browser.service}
        </p>
      </div>
      {isCurrent ? null : (
        <IconButton
          label={t("notifications:remove", { name })}
          icon={<Trash2 />}
          disabled={state.kind === "saving"}
          onClick={() => void run()}
        />
      )}
      {state.kind === "failed" ? (
        <p role="alert" className="w-full text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
    </li>
  );
}
