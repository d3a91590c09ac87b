/** Mails to people. Everything that is not plain text, and every place where a header could be smuggled in, is dealt with here. */

export type MailMessage = Readonly<{
  /** One address. */
  to: string;
  subject: string;
  text: string;
  /** Made by `mailHtml` of lib/mail-text: all that people wrote is escaped. */
  html?: string;
  /** RFC 8058: by this address mail programs end it with one POST. */
  unsubscribeUrl?: string;
  attachments?: readonly MailAttachment[];
}>;

export type MailAttachment = Readonly<{ fileName: string; contentType: string; content: string | Uint8Array }>;

export interface Mail {
  /** `files`: nothing is sent, DATA_DIR/mail has what would have been. */
  readonly kind: "smtp" | "files";
  /** The address that mails come from, without a name. */
  readonly from: string;
  /** Resolves when the mail is handed over. @throws {MailError} */
  send(message: MailMessage): Promise<void>;
  close(): Promise<void>;
}

/** `permanent`: the same mail will never go out. */
export class MailError extends Error {
  override readonly name = "MailError";
  readonly permanent: boolean;

  constructor(message: string, options: { permanent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.permanent = options.permanent;
  }
}
