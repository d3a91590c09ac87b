/** Sends a video with its progress, which `fetch` does not tell; can be cancelled. */
import { ApiError } from "@rostrum/client/api-error";
import type { MediaFile } from "@rostrum/contract/files";

export type Upload = Readonly<{
  /** Rejects with `ApiError`; with an AbortError after `cancel`. */
  done: Promise<MediaFile>;
  cancel(): void;
}>;

/** @param onProgress 0 to 1 of what was sent */
export function startUpload(channelId: string, file: File, onProgress: (progress: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<MediaFile>((resolve, reject) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as MediaFile);
      else reject(refusalOf(request));
    });
    request.addEventListener("error", () => {
      reject(new ApiError("offline", "The connection broke while the video was sent.", { status: 0 }));
    });
    request.addEventListener("abort", () => reject(new DOMException("The upload was cancelled.", "AbortError")));
  });
  const form = new FormData();
  form.append("file", file);
  request.open("POST", `/api/v1/channels/${channelId}/files`);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

function refusalOf({ status, responseText }: XMLHttpRequest): ApiError {
  try {
    const { error } = JSON.parse(responseText) as { error: { code: ApiError["code"]; message: string } };
    return new ApiError(error.code, error.message, { status });
  } catch (cause) {
    return new ApiError("unreadable", "The server's answer could not be read.", { status, cause });
  }
}
