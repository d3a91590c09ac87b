/** What we use of nodemailer, which has no types of its own. */
declare module "nodemailer" {
  type Address = { name: string; address: string };
  export type Message = {
    from: Address;
    to: Address;
    subject: string;
    text: string;
    html?: string;
    headers: Record<string, string>;
    date: Date;
    disableFileAccess: true;
    disableUrlAccess: true;
    attachments: { filename: string; contentType: string; content: string | Buffer }[];
  };
  export type Transporter<Sent> = {
    sendMail(message: Message): Promise<Sent>;
    close(): void;
  };
  export function createTransport(options: {
    streamTransport: true;
    buffer: true;
    newline: "unix";
  }): Transporter<{ message: Buffer; messageId: string }>;
  export function createTransport(options: {
    url: string;
    pool: true;
    maxConnections: number;
    connectionTimeout: number;
    greetingTimeout: number;
    socketTimeout: number;
  }): Transporter<{ messageId: string }>;
  const nodemailer: { createTransport: typeof createTransport };
  export default nodemailer;
}
