/** Giving a tip: how much, with which words; then the way to where it is paid. */
import { randomId } from "@rostrum/client/random-id";
import { type Currency, formatMinor, parseMinor } from "@rostrum/contract/money";
import { TIP_LIMITS, type TipCheckout, type Tipping } from "@rostrum/contract/tips";
import { ExternalLink } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { useLocale } from "../../lib/locale.tsx";
import { useMe } from "../../lib/session.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button, buttonClass } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { formatAmount, presetsOf } from "./amount.ts";
import { DemoNote } from "./DemoNote.tsx";
import type { TipsApi } from "./TipButton.tsx";

type Props = {
  api: TipsApi;
  broadcastId: string;
  tipping: Tipping;
  /** Tips of the show that are paid. */
  paidIds: readonly string[];
  onClose: () => void;
};

type Begun = TipCheckout & Readonly<{ amountMinor: number; currency: Currency }>;

export function TipDialog(props: Props) {
  const me = useMe();
  const [begun, setBegun] = useState<Begun | null>(null);
  if (me === null) return <SignInFirst onClose={props.onClose} />;
  if (begun === null) return <Choosing {...props} onBegun={setBegun} />;
  return <Paying begun={begun} isPaid={props.paidIds.includes(begun.tipId)} onClose={props.onClose} />;
}

function SignInFirst({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  return (
    <Dialog open onOpenChange={onClose} title={t("tips:dialog.title")} size="sm">
      <p className="mb-4 text-base text-muted">{t("tips:dialog.signIn")}</p>
      <Link to={`/login?next=${encodeURIComponent(pathname + search)}`} className={buttonClass({ variant: "primary" })}>
        {t("tips:dialog.signInAction")}
      </Link>
    </Dialog>
  );
}

function Choosing({ api, broadcastId, tipping, onClose, onBegun }: Props & { onBegun: (begun: Begun) => void }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { currency } = tipping;
  const presets = presetsOf(tipping);
  const [amount, setAmount] = useState(() => formatMinor(presets[1] ?? tipping.minAmountMinor, currency));
  const [message, setMessage] = useState("");
  const [anonymous, setAnonymous] = useState(false);
  const form = useTipForm({ api, broadcastId, currency, onBegun });
  const amountMinor = parseMinor(amount, currency);
  const formId = useId();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("tips:dialog.title")}
      description={t("tips:dialog.text")}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            disabled={amountMinor === null || tipping.closed !== null}
            busy={form.isSaving}
          >
            {t("tips:dialog.next")}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (amountMinor !== null) void form.begin({ amountMinor, message, anonymous });
        }}
      >
        {tipping.notice === null ? null : <DemoNote />}
        {tipping.closed === null ? null : <p role="alert">{tipping.closed}</p>}
        <Presets presets={presets} currency={currency} chosen={amountMinor} onChoose={setAmount} />
        <TextField
          label={t("tips:dialog.amount", { currency })}
          inputMode="decimal"
          autoComplete="off"
          value={amount}
          error={form.errorOf("amountMinor")}
          hint={t("tips:dialog.range", {
            least: formatAmount(tipping.minAmountMinor, currency, locale),
            most: formatAmount(tipping.maxAmountMinor, currency, locale),
          })}
          onChange={(event) => setAmount(event.target.value)}
        />
        <TextArea
          label={t("tips:dialog.message")}
          rows={2}
          maxLength={TIP_LIMITS.messageLength}
          value={message}
          error={form.errorOf("message")}
          onChange={(event) => setMessage(event.target.value)}
        />
        <Switch
          label={t("tips:dialog.anonymous")}
          hint={t("tips:dialog.anonymousHint")}
          checked={anonymous}
          onCheckedChange={setAnonymous}
        />
        {form.failure === null ? null : (
          <p role="alert" className="text-sm text-live-text">
            {form.failure}
          </p>
        )}
      </form>
    </Dialog>
  );
}

type Choice = Readonly<{ amountMinor: number; message: string; anonymous: boolean }>;

/** The same choice is sent under the same id: a second click, or a second try after an outage, is no second tip. */
function useTipForm(about: { api: TipsApi; broadcastId: string; currency: Currency; onBegun: (begun: Begun) => void }) {
  const { api, broadcastId, currency, onBegun } = about;
  const [sent, setSent] = useState<{ text: string; sendId: string } | null>(null);
  const { state, run, errorOf } = useSave(async (choice: Choice, sendId: string) => {
    const { amountMinor, anonymous } = choice;
    const message = choice.message.trim();
    const words = message === "" ? {} : { message };
    const body = { amountMinor, currency, anonymous, sendId, ...words };
    onBegun({ ...(await api.tips.create(broadcastId, body)), amountMinor, currency });
  });
  return {
    errorOf,
    isSaving: state.kind === "saving",
    failure: state.kind === "failed" ? state.text : null,
    begin: (choice: Choice) => {
      const text = JSON.stringify(choice);
      const sendId = sent?.text === text ? sent.sendId : randomId();
      setSent({ text, sendId });
      return run(choice, sendId);
    },
  };
}

function Presets(props: {
  presets: readonly number[];
  currency: Currency;
  chosen: number | null;
  onChoose: (amount: string) => void;
}) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  return (
    <div role="group" aria-label={t("tips:dialog.presets")} className="flex flex-wrap gap-2">
      {props.presets.map((preset) => (
        <Button
          key={preset}
          aria-pressed={preset === props.chosen}
          className={preset === props.chosen ? "border-accent-line bg-accent-tint text-accent-text" : undefined}
          onClick={() => props.onChoose(formatMinor(preset, props.currency))}
        >
          {formatAmount(preset, props.currency, locale)}
        </Button>
      ))}
    </div>
  );
}

/** The provider's page opens beside the show, which goes on. */
function Paying({ begun, isPaid, onClose }: { begun: Begun; isPaid: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const amount = formatAmount(begun.amountMinor, begun.currency, locale);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={isPaid ? t("tips:paying.thanks") : t("tips:paying.title", { amount })}
      size="sm"
      footer={<Button onClick={onClose}>{t("ui.close")}</Button>}
    >
      <div className="flex flex-col items-start gap-4">
        {begun.notice === null ? null : <DemoNote />}
        <p role="status" className="text-base text-muted">
          {isPaid ? t("tips:paying.arrived") : t("tips:paying.text")}
        </p>
        {isPaid ? null : (
          <a
            href={begun.checkoutUrl}
            target="_blank"
            rel="noopener noreferrer"
            className={buttonClass({ variant: "primary" })}
          >
            <ExternalLink aria-hidden />
            {t("tips:paying.pay", { amount })}
          </a>
        )}
      </div>
    </Dialog>
  );
}
