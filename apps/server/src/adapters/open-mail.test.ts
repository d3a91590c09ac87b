/** Mails as files, and over SMTP to a server on this machine. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import type { MailMessage } from "../ports/mail.ts";
import { openMail } from "./open-mail.ts";

const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-mail-"));
const closers: Array<() => unknown> = [];
afterAll(async () => {
  for (const close of closers) await close();
  rmSync(dir, { recursive: true, force: true });
});

const MESSAGE: MailMessage = { to: "ann@example.org", subject: "Hello", text: "Hi Ann\n", html: "<p>Hi Ann</p>" };
const FROM = 'Rostrum "live" <no-reply@example.org>';

/** Takes one mail a connection, as RFC 5321 says; `refusals` are what commands are answered instead. */
async function smtpServer(refusals: Readonly<Record<string, string>> = {}) {
  const got: { commands: string[]; data: string }[] = [];
  const server = net.createServer((socket) => {
    const mail = { commands: [] as string[], data: "" };
    let inData = false;
    let rest = "";
    socket.on("error", () => undefined);
    socket.write("220 test\r\n");
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString();
      const lines = rest.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (inData && line !== ".") mail.data += `${line}\n`;
        else if (inData) {
          inData = false;
          got.push({ ...mail, commands: [...mail.commands] });
          Object.assign(mail, { commands: [], data: "" });
          socket.write("250 taken\r\n");
        } else {
          mail.commands.push(line);
          const refused = refusals[line.slice(0, 4).toUpperCase()];
          inData = /^DATA/i.test(line) && refused === undefined;
          socket.write(`${refused ?? (inData ? "354 go on" : /^QUIT/i.test(line) ? "221 bye" : "250 good")}\r\n`);
        }
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return { got, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test("without a server a mail is a file that only its user may read", async () => {
  const folder = path.join(dir, "files");
  const mail = openMail({ smtpUrl: undefined, dir: folder, from: FROM });
  const attachments = [{ fileName: "show.ics", contentType: "text/calendar", content: "BEGIN:VCALENDAR" }];
  await mail.send({ ...MESSAGE, unsubscribeUrl: "https://live.example.org/u?t=1", attachments });
  const [file = ""] = readdirSync(folder);
  expect(file).toMatch(/^[0-9a-z]{20}\.eml$/);
  expect(statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
  const text = readFileSync(path.join(folder, file), "utf8");
  for (const line of [
    /^From: Rostrum live <no-reply@example\.org>$/m,
    /^To: ann@example\.org$/m,
    /^Subject: Hello$/m,
    /^Auto-Submitted: auto-generated$/m,
    /^List-Unsubscribe: <https:\/\/live\.example\.org\/u\?t=1>$/m,
    /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m,
    /filename=show\.ics/,
  ]) {
    expect(text).toMatch(line);
  }
  await mail.close();
});

test("of the files the newest thousand are kept", async () => {
  const folder = path.join(dir, "many");
  mkdirSync(folder);
  for (let i = 0; i < 1005; i += 1)
    writeFileSync(path.join(folder, `0000000000000000${String(i).padStart(4, "0")}.eml`), "");
  const mail = openMail({ smtpUrl: undefined, dir: folder, from: FROM });
  await mail.send(MESSAGE);
  const left = readdirSync(folder).toSorted();
  expect([left.length, left[0]]).toEqual([1000, "00000000000000000006.eml"]);
});

test("over SMTP it is handed to the server; a header cannot be smuggled in", async () => {
  const server = await smtpServer();
  const mail = openMail({ smtpUrl: server.url, dir, from: FROM });
  closers.push(() => mail.close());
  await mail.send({ ...MESSAGE, subject: "Hello\r\nBcc: all@example.org\r\n\r\n<script>" });
  const [one] = server.got;
  expect(one?.commands.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([
    expect.stringMatching(/^MAIL FROM:<no-reply@example\.org>/),
    expect.stringMatching(/^RCPT TO:<ann@example\.org>/),
  ]);
  expect(one?.data).toMatch(/^Subject: Hello Bcc: all@example\.org <script>$/m);
  expect(one?.data).not.toMatch(/^Bcc:/m);
});

test.each([
  "ann@example.org, all@example.org",
  "ann@example.org\r\nRCPT TO:<all@example.org>",
  "<ann@example.org>",
  "Ann <ann@example.org>",
  "ann@example.org>",
  "ann",
  "@example.org",
  "",
  "group:ann@example.org;",
  '"a b"@example.org',
])("%j is no address: nothing is sent, and never will be", async (to) => {
  const server = await smtpServer();
  const mail = openMail({ smtpUrl: server.url, dir, from: FROM });
  closers.push(() => mail.close());
  await expect(mail.send({ ...MESSAGE, to })).rejects.toMatchObject({ name: "MailError", permanent: true });
  expect(server.got).toEqual([]);
});

test.each([
  ["550 no such person", "RCPT", true],
  ["451 later", "RCPT", false],
  ["530 log in first", "RCPT", false],
  ["554 no such mail here", "DATA", true],
  ["550 not from you", "MAIL", false],
  ["535 wrong password", "AUTH", false],
])("an answer of %s to %s is permanent: %s", async (answer, command, permanent) => {
  const server = await smtpServer({ EHLO: "250-test\r\n250 AUTH PLAIN", [command]: answer });
  const url = server.url.replace("//", command === "AUTH" ? "//us:secret@" : "//");
  const mail = openMail({ smtpUrl: url, dir, from: FROM });
  closers.push(() => mail.close());
  await expect(mail.send(MESSAGE)).rejects.toMatchObject({ name: "MailError", permanent });
});

test("a server that is away may take it later", async () => {
  const free = net.createServer();
  await new Promise<void>((resolve) => void free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const mail = openMail({ smtpUrl: `smtp://127.0.0.1:${port}`, dir, from: FROM });
  closers.push(() => mail.close());
  await expect(mail.send(MESSAGE)).rejects.toMatchObject({ name: "MailError", permanent: false });
});
