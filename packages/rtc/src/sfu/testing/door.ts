/** How a client comes in: tokens, addresses and sockets. For tests. */
import { gzipSync } from "node:zlib";
import {
  ClientInfo_SDK,
  JoinRequest,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression as Compression,
} from "@livekit/protocol";
import { AccessToken, RoomServiceClient, type VideoGrant } from "livekit-server-sdk";
import { WebSocket } from "ws";

/** Where an SFU listens on the loopback: one of `startTestSfu`, another process of ours, or LiveKit's own server. */
export type SfuAddress = Readonly<{ ports: Readonly<{ http: number }> }>;

export const KEY = "devkey";
export const SECRET = "a secret of thirty-two characters";

/** Signed by livekit-server-sdk, for joining `room` as `identity` unless the grant says otherwise. */
export function tokenFor(identity: string, room: string, grant: VideoGrant = {}, name = ""): Promise<string> {
  const token = new AccessToken(KEY, SECRET, { identity, ttl: 600, ...(name === "" ? {} : { name }) });
  token.addGrant({ roomJoin: true, room, ...grant });
  return token.toJwt();
}

/** RoomService of `sfu`, as a server calls it. */
export const roomServiceOf = (sfu: SfuAddress): RoomServiceClient =>
  new RoomServiceClient(`http://127.0.0.1:${sfu.ports.http}`, KEY, SECRET);

/** Where a client of `version` opens its socket. */
export function joinUrl(
  sfu: SfuAddress,
  token: string,
  version: "v0" | "v1" = "v1",
  autoSubscribe = true,
  reconnect = false,
): URL {
  const url = new URL(`ws://127.0.0.1:${sfu.ports.http}${version === "v1" ? "/rtc/v1" : "/rtc"}`);
  url.searchParams.set("access_token", token);
  if (version === "v0") {
    url.searchParams.set("auto_subscribe", autoSubscribe ? "1" : "0");
    if (reconnect) url.searchParams.set("reconnect", "1");
    return url;
  }
  const request = new JoinRequest({
    clientInfo: { sdk: ClientInfo_SDK.JS, protocol: 16, version: "2.23.0" },
    connectionSettings: { autoSubscribe },
    reconnect,
  });
  const wrapped = new WrappedJoinRequest({ compression: Compression.GZIP, joinRequest: gzipSync(request.toBinary()) });
  // With its padding: LiveKit's own server wants it.
  const text = Buffer.from(wrapped.toBinary()).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  url.searchParams.set("join_request", text);
  return url;
}

/** Paused, so that no message comes before it is listened to: `resume` it. @throws {Error} refused: `status body` */
export function openSocket(url: URL): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once("open", () => {
      socket.pause();
      resolve(socket);
    });
    socket.once("error", reject);
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (part) => (body += String(part)));
      response.on("end", () => reject(new Error(`${response.statusCode} ${body}`)));
    });
  });
}
