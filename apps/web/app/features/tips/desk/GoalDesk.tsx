/** The goal that runs, stopped or replaced; for those who may manage tips. */
import type { Currency } from "@rostrum/contract/money";
import { parseMinor } from "@rostrum/contract/money";
import { type Goal, TIP_LIMITS } from "@rostrum/contract/tips";
import { Flag } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../../lib/use-save.ts";
import { Button } from "../../../ui/Button.tsx";
import { ConfirmDialog } from "../../../ui/ConfirmDialog.tsx";
import { SaveNote } from "../../../ui/FormSection.tsx";
import { TextField } from "../../../ui/TextField.tsx";
import { GoalBar } from "../GoalBar.tsx";
import type { TipsApi } from "../TipButton.tsx";

/** `goal` null: none runs. `onChanged` is called with what runs then. */
export function GoalDesk(props: {
  api: TipsApi;
  channelId: string;
  currency: Currency;
  goal: Goal | null;
  mayManage: boolean;
  onChanged: (goal: Goal | null) => void;
}) {
  const { api, goal, mayManage, onChanged } = props;
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  if (goal === null) return mayManage ? <NewGoal {...props} /> : null;
  return (
    <div className="flex flex-col items-start gap-3">
      <div className="w-full">
        <GoalBar goal={goal} />
      </div>
      {mayManage ? (
        <Button size="sm" onClick={() => setAsking(true)}>
          {t("tips:goal.stop")}
        </Button>
      ) : null}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("tips:goal.stopTitle", { title: goal.title })}
        description={t("tips:goal.stopText")}
        action={t("tips:goal.stop")}
        onConfirm={async () => {
          await api.tips.stopGoal(goal.id);
          onChanged(null);
        }}
      />
    </div>
  );
}

function NewGoal(props: { api: TipsApi; channelId: string; currency: Currency; onChanged: (goal: Goal) => void }) {
  const { api, channelId, currency, onChanged } = props;
  const { t } = useTranslation();
  const [title, setTitle] = useState("");
  const [target, setTarget] = useState("");
  const targetMinor = parseMinor(target, currency);
  const { state, run, errorOf } = useSave(async () => {
    if (targetMinor === null) return;
    onChanged(await api.tips.startGoal(channelId, { title: title.trim(), targetMinor }));
    setTitle("");
    setTarget("");
  });
  const isWrong = target !== "" && (targetMinor === null || targetMinor === 0);
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,9rem)]">
        <TextField
          label={t("tips:goal.title")}
          maxLength={TIP_LIMITS.goalTitleLength}
          value={title}
          error={errorOf("title")}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextField
          label={t("tips:goal.target", { currency })}
          inputMode="decimal"
          autoComplete="off"
          value={target}
          error={isWrong ? t("tips:noAmount", { currency }) : errorOf("targetMinor")}
          onChange={(event) => setTarget(event.target.value)}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SaveNote state={state.kind === "saved" ? { kind: "idle" } : state} hint={t("tips:goal.hint")} />
        <Button
          type="submit"
          size="sm"
          busy={state.kind === "saving"}
          disabled={title.trim() === "" || targetMinor === null || targetMinor === 0}
        >
          {state.kind === "saving" ? null : <Flag aria-hidden />}
          {t("tips:goal.start")}
        </Button>
      </div>
    </form>
  );
}
