/** Opens the way that mails take: the configured SMTP server, or files. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import nodemailer, { type Message } from "nodemailer";
import { newId } from "../lib/ids.ts";
import { oneLine } from "../lib/mail-text.ts";
import { type Mail, MailError, type MailMessage } from "../ports/mail.ts";

/** `from`: an address, or `Name <address>`. */
export type MailSettings = Readonly<{ smtpUrl: string | undefined; dir: string; from: string }>;

const MAX_FILES = 1_000;
const CONNECTIONS = 4;
const CONNECT_MS = 10_000;
const SOCKET_MS = 30_000;
/** Some servers say so only when they hear for whom a mail is. */
const NOT_LOGGED_IN = 530;
/** One address as it stands in an SMTP command: nothing that could end it or begin another. */
const ADDRESS = /^[^\s<>()[\]\\,;:"@\p{Cc}]{1,64}@[^\s<>()[\]\\,;:"@\p{Cc}]{1,253}$/u;

/** Without an SMTP server the newest 1,000 mails are kept as `.eml` files. Nothing is opened before the first mail. */
export function openMail(settings: MailSettings): Mail {
  return settings.smtpUrl === undefined ? fileMail(settings) : smtpMail(settings, settings.smtpUrl);
}

function fileMail({ dir, from }: MailSettings): Mail {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  return {
    kind: "files",
    from: parseFrom(from).address,
    async send(message) {
      const { message: bytes } = await transport.sendMail(composed(from, message));
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const file = path.join(dir, `${newId()}.eml`);
      await writeFile(`${file}.part`, bytes, { mode: 0o600 });
      await rename(`${file}.part`, file);
      await prune(dir);
    },
    async close() {
      transport.close();
    },
  };
}

function smtpMail({ from }: MailSettings, url: string): Mail {
  const transport = nodemailer.createTransport({
    ...{ url, pool: true, maxConnections: CONNECTIONS },
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: SOCKET_MS },
  });
  return {
    kind: "smtp",
    from: parseFrom(from).address,
    async send(message) {
      const mail = composed(from, message);
      try {
        await transport.sendMail(mail);
      } catch (cause) {
        const code = Number(factOf(cause, "responseCode"));
        const said = code > 0 ? ` (${code})` : "";
        throw new MailError(`The mail server did not take a mail${said}.`, { permanent: isForGood(cause), cause });
      }
    },
    async close() {
      transport.close();
    },
  };
}

/** It refuses this person, or this mail. What it refuses of ours (the log-in, the sender) the operator can mend. */
function isForGood(cause: unknown): boolean {
  const [code, command] = [Number(factOf(cause, "responseCode")), factOf(cause, "command")];
  return code >= 500 && code < 600 && code !== NOT_LOGGED_IN && (command === "RCPT TO" || command === "DATA");
}

/** Of an error of nodemailer. */
function factOf(cause: unknown, name: "responseCode" | "command"): unknown {
  return cause instanceof Error ? (cause as Error & Partial<Record<typeof name, unknown>>)[name] : undefined;
}

/** Addresses are handed over as such, never as text that is taken apart again. @throws {MailError} permanent */
function composed(from: string, message: MailMessage): Message {
  const { to, subject, text, html, unsubscribeUrl, attachments = [] } = message;
  return {
    from: parseFrom(from),
    to: { name: "", address: checkedAddress(to) },
    subject: oneLine(subject, 200),
    text,
    ...(html === undefined ? {} : { html }),
    headers: {
      "Auto-Submitted": "auto-generated",
      ...(unsubscribeUrl === undefined
        ? {}
        : {
            "List-Unsubscribe": `<${new URL(unsubscribeUrl).href}>`,
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
          }),
    },
    date: new Date(),
    disableFileAccess: true,
    disableUrlAccess: true,
    attachments: attachments.map(({ fileName, contentType, content }) => ({
      filename: oneLine(fileName, 100),
      contentType: oneLine(contentType, 100),
      content: typeof content === "string" ? content : Buffer.from(content),
    })),
  };
}

function checkedAddress(address: string): string {
  if (ADDRESS.test(address)) return address;
  throw new MailError("This is not an address that mails can be sent to.", { permanent: true });
}

/** @throws {MailError} permanent: MAIL_FROM has no address */
export function parseFrom(from: string): { name: string; address: string } {
  const [, name = "", address = from] = /^(.*)<([^<>]*)>\s*$/s.exec(from) ?? [];
  return { name: oneLine(name.replaceAll('"', ""), 100), address: checkedAddress(address.trim()) };
}

/** Names sort by time. Another process may have removed a file first. */
async function prune(dir: string): Promise<void> {
  const files = (await readdir(dir)).filter((file) => file.endsWith(".eml")).toSorted();
  for (const file of files.slice(0, Math.max(0, files.length - MAX_FILES))) {
    await unlink(path.join(dir, file)).catch((error: unknown) => {
      if (existsSync(path.join(dir, file))) throw error;
    });
  }
}
