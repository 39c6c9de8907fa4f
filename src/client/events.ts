/**
 * What goes into the client's machine, what comes out of it, and what it tells those who watch.
 *
 * Names: a *room* is a channel or a private conversation; a private conversation has the other person's name,
 * whoever speaks. Texts are as they came from the network: who prints them makes them harmless first
 * (`protocol/text.ts`, `printable`).
 */
import { type WallMs } from "../base/time.ts";
import { type Proof } from "./prover.ts";

export type ClientInput =
  /** Begins: the first wish to connect comes out. */
  | { readonly kind: "start" }
  /** `connection` is the number that came with the wish; inputs of any other connection are ignored. */
  | { readonly kind: "opened"; readonly connection: number }
  | { readonly kind: "bytes"; readonly connection: number; readonly bytes: Uint8Array }
  /** Could not be made, or is gone. `isFinal`: trying again would be wrong (the server's identity was refused). */
  | {
      readonly kind: "closed";
      readonly connection: number;
      readonly reason: string;
      readonly isFinal?: boolean;
    }
  | { readonly kind: "action"; readonly action: Action }
  /** A step of a login that took its time (`prover.ts`). */
  | { readonly kind: "proof"; readonly proof: Proof }
  /** The moment that was asked for (`wakeAt`) has come. */
  | { readonly kind: "tick" };

export type MessageKind = "message" | "notice" | "action";

/** What the user does. `ref` comes back with the `ack` or `error` that answers it. */
export type Action =
  | {
      readonly kind: "send";
      readonly target: string;
      readonly text: string;
      readonly messageKind?: MessageKind;
      readonly ref?: string;
    }
  | {
      readonly kind: "join";
      readonly channel: string;
      readonly key?: string;
      readonly ref?: string;
    }
  | {
      readonly kind: "part";
      readonly channel: string;
      readonly reason?: string;
      readonly ref?: string;
    }
  /** `text` undefined asks for the topic. */
  | {
      readonly kind: "topic";
      readonly channel: string;
      readonly text?: string;
      readonly ref?: string;
    }
  /** Older messages, shown but not put among the room's. `before` is a message's id or an ISO time. */
  | {
      readonly kind: "history";
      readonly target: string;
      readonly before?: string;
      readonly limit?: number;
      readonly ref?: string;
    }
  /**
   * What was said, wherever one may read it, or in one room. Without a text: the last search goes on. `before` is a
   * message's id or an ISO time.
   */
  | {
      readonly kind: "search";
      readonly text?: string;
      readonly room?: string;
      readonly before?: string;
      readonly limit?: number;
      readonly ref?: string;
    }
  /** Takes back what was said: the message of that id, otherwise one's own last one there. */
  | {
      readonly kind: "redact";
      readonly target: string;
      readonly id?: string;
      readonly reason?: string;
      readonly ref?: string;
    }
  /** Any other command; parameters that cannot be written are refused. */
  | {
      readonly kind: "command";
      readonly command: string;
      readonly params: readonly string[];
      readonly ref?: string;
    }
  /** A line as it is. */
  | { readonly kind: "raw"; readonly line: string; readonly ref?: string }
  /** The password, to what the prover was told. */
  | { readonly kind: "password"; readonly ref?: string }
  /** The room is on the screen: what is unread in it is read. */
  | { readonly kind: "read"; readonly room: string }
  /** Now, without waiting for the next try. */
  | { readonly kind: "reconnect" }
  | { readonly kind: "quit"; readonly reason?: string };

export type Output =
  | { readonly kind: "connect"; readonly connection: number }
  | { readonly kind: "disconnect"; readonly connection: number }
  | { readonly kind: "bytes"; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly kind: "event"; readonly event: ClientEvent };

export interface ChatMessage {
  readonly id: string | undefined;
  readonly time: WallMs;
  /** The room it is in: a channel, or the other person. */
  readonly room: string;
  readonly from: string;
  readonly account: string | undefined;
  readonly kind: MessageKind;
  readonly text: string;
  readonly isSelf: boolean;
  readonly isMention: boolean;
  /** It was said before it was seen: found when a gap was filled. */
  readonly isHistory: boolean;
}

export interface Member {
  readonly nick: string;
  readonly account: string | undefined;
  /** Letters of the prefix modes held, highest first. */
  readonly prefixes: string;
  /** Why they are away, as far as it was told; undefined: not known to be. */
  readonly awayText: string | undefined;
}

/** Why a session is at its end. */
export type EndCode = "quit" | "refused" | "rejected" | "registration" | "identity" | "unavailable";

export type ConnectionState =
  | { readonly state: "connecting"; readonly attempt: number }
  /** Logged in soon: an operator decides. */
  | { readonly state: "waiting"; readonly account: string; readonly reason: string }
  | { readonly state: "online" }
  | {
      readonly state: "offline";
      readonly attempt: number;
      readonly retryInMs: number;
      readonly reason: string;
    }
  /** For good. `failCode` is the standard reply's code, where there was one. */
  | {
      readonly state: "closed";
      readonly code: EndCode;
      readonly reason: string;
      readonly failCode?: string | undefined;
    };

export type ClientEvent =
  | { readonly kind: "state"; readonly state: ConnectionState; readonly time: WallMs }
  /** The welcome. `account` is undefined for who is not logged in. */
  | {
      readonly kind: "hello";
      readonly server: string;
      readonly nick: string;
      readonly account: string | undefined;
      readonly time: WallMs;
    }
  /** A name was registered; what follows is a login, or waiting. */
  | { readonly kind: "registered"; readonly account: string; readonly isWaiting: boolean }
  | { readonly kind: "message"; readonly message: ChatMessage }
  /** A message was taken back, by its author or an operator: it is in the room no more. */
  | {
      readonly kind: "redact";
      readonly room: string;
      readonly id: string;
      readonly by: string;
      /** Who had said it. */
      readonly author: string;
      readonly reason: string;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  /** History that was asked for by `history`; not among the room's messages. */
  | { readonly kind: "older"; readonly message: ChatMessage }
  | {
      readonly kind: "join";
      readonly room: string;
      readonly who: string;
      readonly account: string | undefined;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  | {
      readonly kind: "part";
      readonly room: string;
      readonly who: string;
      readonly reason: string;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  | {
      readonly kind: "kick";
      readonly room: string;
      readonly who: string;
      readonly by: string;
      readonly reason: string;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  /** `rooms`: those in which both were. */
  | {
      readonly kind: "quit";
      readonly rooms: readonly string[];
      readonly who: string;
      readonly reason: string;
      readonly time: WallMs;
    }
  | {
      readonly kind: "nick";
      readonly rooms: readonly string[];
      readonly who: string;
      readonly to: string;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  /** The room has another name; it is the one it was. */
  | {
      readonly kind: "rename";
      readonly room: string;
      readonly from: string;
      readonly by: string;
      readonly reason: string;
      readonly time: WallMs;
    }
  /** About a person, in `rooms` where one meets them. Without `text` they are back. */
  | {
      readonly kind: "away";
      readonly rooms: readonly string[];
      readonly who: string;
      readonly text: string | undefined;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  | {
      readonly kind: "setname";
      readonly rooms: readonly string[];
      readonly who: string;
      readonly realName: string;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  | {
      readonly kind: "chghost";
      readonly rooms: readonly string[];
      readonly who: string;
      readonly user: string;
      readonly host: string;
      readonly isSelf: boolean;
      readonly time: WallMs;
    }
  /** `by` is undefined when the topic was told on joining or asked for. */
  | {
      readonly kind: "topic";
      readonly room: string;
      readonly by: string | undefined;
      readonly text: string;
      readonly time: WallMs;
    }
  | {
      readonly kind: "mode";
      readonly target: string;
      readonly by: string;
      readonly modes: string;
      readonly time: WallMs;
    }
  | {
      readonly kind: "invite";
      readonly room: string;
      readonly by: string;
      readonly who: string;
      readonly time: WallMs;
    }
  | {
      readonly kind: "members";
      readonly room: string;
      readonly members: readonly Member[];
      /** The user wanted to know; otherwise it came with a join. */
      readonly isAsked: boolean;
    }
  /** Found by `search`; not among the room's messages. */
  | { readonly kind: "found"; readonly message: ChatMessage }
  /** There may be more to be found, `before` that message or time; `text` says why it is not here. */
  | { readonly kind: "more"; readonly before: string | undefined; readonly text: string }
  /** The answer to a question of the user's has nothing in it. `room` is empty when it was about none. */
  | {
      readonly kind: "none";
      readonly what: "history" | "bans" | "search";
      readonly room: string;
    }
  /** The server has it: a message (`id` where it says so), or a command, answered to its end. */
  | { readonly kind: "ack"; readonly ref: string | undefined; readonly id: string | undefined }
  /** A message or command did not do what it should. `text` is the server's, or ours. */
  | {
      readonly kind: "error";
      readonly ref: string | undefined;
      readonly code: string;
      readonly numeric: number | undefined;
      readonly text: string;
      /** What it is about, when it is a room or a person. */
      readonly target: string | undefined;
      /** The text that was not sent, to be kept for the user. */
      readonly unsent: string | undefined;
    }
  /** A message was taken on and is on its way (for front ends that show it when it takes long). */
  | {
      readonly kind: "sending";
      readonly ref: string | undefined;
      readonly room: string;
      readonly text: string;
    }
  /** What the server answers or tells apart from chat: MOTD, WHOIS, LIST. `isGreeting`: part of the welcome. */
  | {
      readonly kind: "reply";
      readonly command: string;
      readonly params: readonly string[];
      readonly isGreeting: boolean;
    }
  | { readonly kind: "notice"; readonly from: string; readonly text: string }
  /** The room's history could not be fetched whole: something may be missing before what follows. */
  | { readonly kind: "gap"; readonly room: string; readonly reason: string }
  /** Something the user should know that is nobody's message. */
  | { readonly kind: "warning"; readonly text: string };
