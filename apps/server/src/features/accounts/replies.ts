/** Between HTTP and sessions: who the client is, which cookies it gets. */
import type { SessionAnswer } from "@rostrum/contract/accounts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { clearedCookies, type SessionCookie, sessionCookies } from "../../http/cookies.ts";
import type { Client, Session } from "./sessions.ts";

export function clientOf(request: FastifyRequest): Client {
  return { address: request.ip, userAgent: request.headers["user-agent"] ?? "" };
}

/** Sets the cookies of a new or renewed session and gives the body. */
export function giveSession(reply: FastifyReply, { answer, refresh }: Session): SessionAnswer {
  const names = reply.server.kit.cookies;
  setCookies(reply, sessionCookies(names, { accessToken: answer.accessToken, ...(refresh && { refresh }) }));
  return answer;
}

/** Takes the cookies from the browser. */
export function dropSession(reply: FastifyReply): FastifyReply {
  return setCookies(reply, clearedCookies(reply.server.kit.cookies));
}

function setCookies(reply: FastifyReply, cookies: readonly SessionCookie[]): FastifyReply {
  for (const { name, value, options } of cookies) void reply.setCookie(name, value, options);
  return reply;
}
