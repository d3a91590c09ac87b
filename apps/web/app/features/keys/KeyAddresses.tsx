/** Addresses that carry a revealed key: for encoders that take everything in one line. */
import type { IngestEndpoints, RevealedKey } from "@rostrum/contract/channels";
import { useTranslation } from "react-i18next";
import { CopyRow } from "../../ui/CopyRow.tsx";
import { srtAddress, websocketAddress } from "./addresses.ts";

/** To be shown as long as the key is. */
export function KeyAddresses({ endpoints, revealed }: { endpoints: IngestEndpoints; revealed: RevealedKey }) {
  const { t } = useTranslation();
  return (
    <div className="mt-2 flex flex-col gap-4 border-l border-line pl-3">
      {endpoints.srt === null ? null : (
        <CopyRow
          label={t("keys:srtFull")}
          hint={t("keys:srtFullHint")}
          value={srtAddress(endpoints.srt, revealed.srt)}
          lines={2}
        />
      )}
      <CopyRow
        label={t("keys:websocketFull")}
        hint={t("keys:websocketFullHint")}
        value={websocketAddress(endpoints.websocket, revealed.key)}
        lines={2}
      />
    </div>
  );
}
