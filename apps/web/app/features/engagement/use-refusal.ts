/** One thing at a time that somebody asked for, and why it was refused. */
import { ApiError } from "@rostrum/client/api-error";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "../../lib/use-save.ts";

/** `run` never rejects; true when it was done. `busy` names what is under way; null: nothing. */
export function useRefusal<K extends string = string>() {
  const { t } = useTranslation();
  const [busy, setBusy] = useState<K | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const run = async (what: K, act: () => Promise<unknown>): Promise<boolean> => {
    setBusy(what);
    setRefusal(null);
    try {
      await act();
      return true;
    } catch (error) {
      // The server's own sentence says more than one for its code.
      setRefusal(error instanceof ApiError ? error.message : errorText(error, t));
      return false;
    } finally {
      setBusy(null);
    }
  };
  return { busy, refusal, run, clear: () => setRefusal(null) };
}
