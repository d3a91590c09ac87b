/** How to connect an encoder, in words, with the names that stand in the encoder itself. */
import type { IngestEndpoints } from "@rostrum/contract/channels";
import type { ReactNode } from "react";
import { Trans, useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyField.tsx";

const STEPS = ["open", "service", "server", "key", "output", "keyframes", "start"] as const;

/** OBS Studio 28 and later. */
export function ObsSteps({ endpoints }: { endpoints: IngestEndpoints }) {
  const { t } = useTranslation();
  return (
    <ol aria-label={t("keys:obs.title")} className="flex flex-col gap-3">
      {STEPS.map((step, index) => (
        <Step key={step} number={index + 1}>
          <Trans
            i18nKey={`keys:obs.${step}`}
            components={{ b: <strong className="font-medium text-text" /> }}
            values={{ server: endpoints.rtmps ?? endpoints.rtmp }}
          />
        </Step>
      ))}
    </ol>
  );
}

function Step({ number, children }: { number: number; children: ReactNode }) {
  return (
    <li className="flex gap-3 text-sm text-muted">
      <span
        aria-hidden
        className="inline-flex size-5 shrink-0 items-center justify-center rounded-full border border-line-strong text-xs tabular"
      >
        {number}
      </span>
      <span className="min-w-0 break-words">{children}</span>
    </li>
  );
}

/** A line for a terminal. The key stands in it as a word to be replaced. */
export function FfmpegLine({ endpoints }: { endpoints: IngestEndpoints }) {
  const { t } = useTranslation();
  const line = ffmpegLine(endpoints.rtmps ?? endpoints.rtmp);
  return (
    <div className="flex flex-col gap-3 text-sm text-muted">
      <p>{t("keys:ffmpeg.text")}</p>
      <pre className="rounded-sm border border-line bg-canvas p-3 font-mono text-xs break-all whitespace-pre-wrap text-text">
        {line}
      </pre>
      <div>
        <CopyButton value={line} label={t("keys:ffmpeg.copy")} />
      </div>
    </div>
  );
}

function ffmpegLine(server: string): string {
  const video = "-c:v libx264 -preset veryfast -tune zerolatency -b:v 4500k -maxrate 4500k -bufsize 9000k -g 60";
  return `ffmpeg -re -i video.mp4 ${video} -c:a aac -b:a 160k -ar 48000 -f flv "${server}/STREAM_KEY"`;
}
