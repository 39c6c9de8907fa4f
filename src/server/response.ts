/**
 * A response: everything one command answers, in order, until the command has ended (questions included).
 *
 * labeled-response: one line carries the label itself, several are put in a batch that does, none is an ACK. Own
 * echoes of what the command caused are part of it.
 */
import { type Emission } from "./event.ts";
import { type Reply } from "../protocol/replies.ts";
import { type Session } from "./session.ts";

export type ResponseItem =
  | { readonly kind: "reply"; readonly reply: Reply; readonly nick: string }
  | { readonly kind: "emission"; readonly emission: Emission };

export class Response {
  readonly session: Session;
  /** Of a batch that the client opens, the answer is given when it is closed. */
  label: string | undefined;
  readonly items: ResponseItem[] = [];
  /** The server's own word, which answers no command. */
  readonly isAside: boolean;

  constructor(session: Session, label: string | undefined, isAside = false) {
    this.session = session;
    this.label = label;
    this.isAside = isAside;
  }

  /** The nick is the one the session has when it is answered, not when it is written. */
  reply(reply: Reply): void {
    this.items.push({ kind: "reply", reply, nick: this.session.nick });
  }

  echo(emission: Emission): void {
    this.items.push({ kind: "emission", emission });
  }
}
