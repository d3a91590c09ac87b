/** Whether and how a channel takes tips. */
import { CURRENCIES, Currency, formatMinor, parseMinor } from "@rostrum/contract/money";
import { TipAudience, type TipSettingsAnswer } from "@rostrum/contract/tips";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import { useLocale } from "../../../lib/locale.tsx";
import { useDraft } from "../../../lib/use-draft.ts";
import { useSave } from "../../../lib/use-save.ts";
import { FormSection } from "../../../ui/FormSection.tsx";
import { Select } from "../../../ui/Select.tsx";
import { Switch } from "../../../ui/Switch.tsx";
import { TextField } from "../../../ui/TextField.tsx";
import { formatAmount } from "../amount.ts";
import type { TipsApi } from "../TipButton.tsx";
import { ProviderNote } from "./ProviderNote.tsx";

export type TipSettingsNow = z.output<typeof TipSettingsAnswer>;

type Props = Readonly<{
  api: TipsApi;
  channelId: string;
  settings: TipSettingsNow;
  /** Without a trailing slash. */
  publicUrl: string;
  onSaved: (settings: TipSettingsNow) => void;
}>;
/** `min` as it was typed; empty: the currency's own. */
type Fields = { enabled: boolean; currency: Currency; audience: TipAudience; min: string };

export function TipSettings({ api, channelId, settings, publicUrl, onSaved }: Props) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const draft = useDraft<Fields>(fieldsOf(settings));
  const { values } = draft;
  const min = values.min.trim() === "" ? null : parseMinor(values.min, values.currency);
  const isWrong = values.min.trim() !== "" && min === null;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = draft.changes ?? {};
    const { min: text, ...rest } = sent;
    onSaved(
      await api.tips.updateSettings(channelId, { ...rest, ...(text === undefined ? {} : { minAmountMinor: min }) }),
    );
    draft.settle(sent);
  });
  const edit = (fields: Partial<Fields>): void => {
    reset();
    draft.set(fields);
  };
  return (
    <FormSection
      id="tips"
      title={t("tips:title")}
      description={t("tips:settings.text")}
      state={state}
      dirty={draft.changes !== null && !isWrong}
      onSave={() => void run()}
    >
      <ProviderNote provider={settings.provider} isTest={settings.notice !== null} publicUrl={publicUrl} />
      <Switch
        label={t("tips:settings.enabled")}
        hint={t("tips:settings.enabledHint")}
        checked={values.enabled}
        onCheckedChange={(enabled) => edit({ enabled })}
      />
      <div className="grid items-start gap-5 sm:grid-cols-2">
        <Select
          label={t("tips:settings.currency")}
          hint={t("tips:settings.currencyHint")}
          error={errorOf("currency")}
          value={values.currency}
          // An amount means something else in another currency.
          onValueChange={(currency) => edit({ currency, min: "" })}
          options={Currency.options.map((code) => ({ value: code, label: currencyName(code, locale) }))}
        />
        <TextField
          label={t("tips:settings.min", { currency: values.currency })}
          hint={t("tips:settings.minHint", {
            least: formatAmount(CURRENCIES[values.currency].min, values.currency, locale),
          })}
          aside={t("ui.optional")}
          inputMode="decimal"
          autoComplete="off"
          value={values.min}
          error={isWrong ? t("tips:noAmount", { currency: values.currency }) : errorOf("minAmountMinor")}
          onChange={(event) => edit({ min: event.target.value })}
        />
      </div>
      <Select
        label={t("tips:settings.audience")}
        hint={t(`tips:audienceHint.${values.audience}`)}
        value={values.audience}
        onValueChange={(audience) => edit({ audience })}
        options={TipAudience.options.map((value) => ({ value, label: t(`tips:audience.${value}`) }))}
      />
      <p className="max-w-prose text-sm text-muted">{t("tips:settings.words")}</p>
    </FormSection>
  );
}

function fieldsOf({ enabled, currency, audience, minAmountMinor }: TipSettingsNow): Fields {
  return { enabled, currency, audience, min: minAmountMinor === null ? "" : formatMinor(minAmountMinor, currency) };
}

/** For instance "EUR, Euro". */
function currencyName(code: Currency, locale: string): string {
  const name = new Intl.DisplayNames([locale], { type: "currency", fallback: "none" }).of(code);
  return name === undefined ? code : `${code}, ${name}`;
}
