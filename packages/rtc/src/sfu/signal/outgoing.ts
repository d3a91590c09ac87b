/** A message on its way to one or many clients: written once in each form that somebody needs. */
import { SignalResponse } from "@livekit/protocol";

/** What the server says to a client. */
export type SignalMessage = SignalResponse["message"];

export class Outgoing {
  readonly #response: SignalResponse;
  #binary: Uint8Array | undefined;
  #json: string | undefined;

  constructor(message: SignalMessage) {
    this.#response = new SignalResponse({ message });
  }

  get binary(): Uint8Array {
    return (this.#binary ??= this.#response.toBinary());
  }

  get json(): string {
    return (this.#json ??= this.#response.toJsonString());
  }
}
