/** The uploads of this page: one after the other, each with its progress and its end. */
import { ApiError } from "@rostrum/client/api-error";
import type { MediaFile } from "@rostrum/contract/files";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Upload, startUpload } from "./upload.ts";

/** `problem` is a sentence once it has failed. */
export type Sending = Readonly<{ id: number; name: string; progress: number; problem: string | null }>;

/** What is being sent or waits when the page goes is cancelled. `onDone` gets each file that has arrived. */
export function useUploads(channelId: string, onDone: (file: MediaFile) => void) {
  const { t } = useTranslation();
  const [sending, setSending] = useState<readonly Sending[]>([]);
  const running = useRef(new Map<number, Upload>());
  /** Those that wait or run: one that was cancelled is not begun when its turn comes. */
  const wanted = useRef(new Set<number>());
  const last = useRef(0);
  const chain = useRef(Promise.resolve());

  useEffect(() => {
    const uploads = running.current;
    const queue = wanted.current;
    return () => {
      queue.clear();
      for (const upload of uploads.values()) upload.cancel();
    };
  }, []);

  const change = useCallback((id: number, fields: Partial<Sending>): void => {
    setSending((all) => all.map((one) => (one.id === id ? { ...one, ...fields } : one)));
  }, []);

  const dismiss = useCallback((id: number): void => {
    wanted.current.delete(id);
    running.current.get(id)?.cancel();
    running.current.delete(id);
    setSending((all) => all.filter((one) => one.id !== id));
  }, []);

  const send = async (id: number, file: File): Promise<void> => {
    if (!wanted.current.has(id)) return;
    const upload = startUpload(channelId, file, (progress) => change(id, { progress }));
    running.current.set(id, upload);
    try {
      onDone(await upload.done);
      dismiss(id);
    } catch (error) {
      if (error instanceof ApiError) change(id, { problem: error.message });
      else if (error instanceof DOMException && error.name === "AbortError") dismiss(id);
      else change(id, { problem: t("error.unknown") });
    } finally {
      running.current.delete(id);
    }
  };

  const add = (files: Iterable<File>): void => {
    for (const file of files) {
      last.current += 1;
      const id = last.current;
      wanted.current.add(id);
      setSending((all) => [...all, { id, name: file.name, progress: 0, problem: null }]);
      chain.current = chain.current.then(() => send(id, file));
    }
  };
  return { sending, add, dismiss };
}
