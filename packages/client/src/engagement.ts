/** The part of the API for the crew that runs polls, questions, hands, announcements and handouts. What viewers do goes over realtime. */
import type {
  AnnounceBody,
  CreateHandoutBody,
  CreatePollBody,
  EngagementSettings,
  OwnAnnouncement,
  OwnHandout,
  OwnPoll,
  OwnQuestion,
  UpdateEngagementSettingsBody,
  UpdateHandoutBody,
  UpdatePollBody,
  UpdateQuestionBody,
} from "@rostrum/contract/engagement";
import type { CallOptions, Http } from "./http.ts";

type In<T extends { _zod: { input: unknown } }> = T["_zod"]["input"];

export function engagement(http: Http) {
  const at = (broadcastId: string, what: string) => `/broadcasts/${broadcastId}/${what}`;
  const settings = (channelId: string) => `/channels/${channelId}/engagement`;
  return {
    settings: (channelId: string, call?: CallOptions) => http.call<EngagementSettings>(settings(channelId), call),
    updateSettings: (channelId: string, body: In<typeof UpdateEngagementSettingsBody>) =>
      http.call<EngagementSettings>(settings(channelId), { method: "PATCH", body }),
    polls: polls(http),
    /** Those that wait for the crew, newest first. */
    pendingQuestions: (broadcastId: string, call?: CallOptions) =>
      http.call<{ items: OwnQuestion[]; nextCursor: string | null }>(at(broadcastId, "questions"), {
        ...call,
        query: { state: "pending", limit: 100 },
      }),
    /** Approves, answers, dismisses, or brings back. */
    settleQuestion: (broadcastId: string, id: string, body: In<typeof UpdateQuestionBody>) =>
      http.call<OwnQuestion>(at(broadcastId, `questions/${id}`), { method: "PATCH", body }),
    /** On top of all others; takes the place of the one that is there. */
    pinQuestion: (broadcastId: string, id: string, isPinned: boolean) =>
      http.call<OwnQuestion>(at(broadcastId, `questions/${id}/pin`), { method: isPinned ? "PUT" : "DELETE" }),
    lowerHand: (broadcastId: string, id: string) =>
      http.call<void>(at(broadcastId, `hands/${id}`), { method: "DELETE" }),
    lowerHands: (broadcastId: string) => http.call<void>(at(broadcastId, "hands"), { method: "DELETE" }),
    /** Newest first. */
    announcements: (broadcastId: string, call?: CallOptions) =>
      http.call<{ items: OwnAnnouncement[] }>(at(broadcastId, "announcements"), call),
    /** Takes the place of the one that is shown. */
    announce: (broadcastId: string, body: In<typeof AnnounceBody>) =>
      http.call<OwnAnnouncement>(at(broadcastId, "announcements"), { method: "POST", body }),
    closeAnnouncement: (broadcastId: string, id: string) =>
      http.call<void>(at(broadcastId, `announcements/${id}/close`), { method: "POST" }),
    /** The crew's view, with those that are not shown. */
    handouts: (broadcastId: string, call?: CallOptions) =>
      http.call<{ items: OwnHandout[] }>(at(broadcastId, "handouts"), call),
    addHandout: (broadcastId: string, body: In<typeof CreateHandoutBody>) =>
      http.call<OwnHandout>(at(broadcastId, "handouts"), { method: "POST", body }),
    updateHandout: (broadcastId: string, id: string, body: In<typeof UpdateHandoutBody>) =>
      http.call<OwnHandout>(at(broadcastId, `handouts/${id}`), { method: "PATCH", body }),
    removeHandout: (broadcastId: string, id: string) =>
      http.call<void>(at(broadcastId, `handouts/${id}`), { method: "DELETE" }),
  };
}

function polls(http: Http) {
  const all = (broadcastId: string) => `/broadcasts/${broadcastId}/polls`;
  const at = (broadcastId: string, id: string) => `${all(broadcastId)}/${id}`;
  return {
    /** A draft until it is opened. */
    create: (broadcastId: string, body: In<typeof CreatePollBody>) =>
      http.call<OwnPoll>(all(broadcastId), { method: "POST", body }),
    /** A draft; of an open one, only when its results are shown. */
    update: (broadcastId: string, id: string, body: In<typeof UpdatePollBody>) =>
      http.call<OwnPoll>(at(broadcastId, id), { method: "PATCH", body }),
    open: (broadcastId: string, id: string) => http.call<OwnPoll>(`${at(broadcastId, id)}/open`, { method: "POST" }),
    close: (broadcastId: string, id: string) => http.call<OwnPoll>(`${at(broadcastId, id)}/close`, { method: "POST" }),
    remove: (broadcastId: string, id: string) => http.call<void>(at(broadcastId, id), { method: "DELETE" }),
    /** Address of the file with the results; `voter` for polls with names only. */
    csvUrl: (broadcastId: string, id: string, by: "option" | "voter") =>
      `/api/v1${at(broadcastId, id)}/results.csv?by=${by}`,
  };
}
