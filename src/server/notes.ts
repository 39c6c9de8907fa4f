/**
 * Notes: what the server tells its operator, as data. The console makes sentences of them, the log makes JSON.
 *
 * A note never carries a secret. The text of a message is in a note only for channels and for messages to the
 * server itself; what members say to each other in private is a size.
 */
import { type ConnectionId } from "../base/ids.ts";

export type Note =
  | {
      readonly event: "connection.opened";
      readonly connection: ConnectionId;
      readonly address: string;
    }
  | {
      readonly event: "connection.closed";
      readonly connection: ConnectionId;
      readonly address: string;
      readonly nick: string | undefined;
      readonly reason: string;
    }
  | {
      readonly event: "login.ok";
      readonly connection: ConnectionId;
      readonly address: string;
      readonly account: string;
      readonly mechanism: string;
    }
  | {
      readonly event: "login.refused";
      readonly connection: ConnectionId;
      readonly address: string;
      /** Whose login it would have been, as far as that was said: a stranger's word. */
      readonly account: string | undefined;
      readonly mechanism: string;
      readonly reason: string;
    }
  | { readonly event: "account.asked"; readonly account: string; readonly address: string }
  | { readonly event: "account.registered"; readonly account: string; readonly address: string }
  | { readonly event: "account.approved"; readonly account: string; readonly by: string }
  | { readonly event: "account.rejected"; readonly account: string; readonly by: string }
  | {
      readonly event: "account.role";
      readonly account: string;
      readonly role: string;
      readonly by: string;
    }
  | {
      readonly event: "guest.entered";
      readonly connection: ConnectionId;
      readonly nick: string;
      readonly address: string;
    }
  | {
      readonly event: "user.operator";
      readonly nick: string;
      /** In the settings. */
      readonly name: string;
      readonly address: string;
    }
  | {
      readonly event: "user.killed";
      readonly nick: string;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly event: "channel.created"; readonly channel: string; readonly by: string }
  | { readonly event: "channel.joined"; readonly channel: string; readonly nick: string }
  | {
      readonly event: "channel.left";
      readonly channel: string;
      readonly nick: string;
      readonly reason: string;
    }
  | {
      readonly event: "channel.renamed";
      readonly channel: string;
      readonly to: string;
      readonly by: string;
    }
  | {
      readonly event: "channel.kicked";
      readonly channel: string;
      readonly nick: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly event: "channel.topic";
      readonly channel: string;
      readonly by: string;
      readonly text: string;
    }
  | {
      readonly event: "channel.mode";
      readonly channel: string;
      readonly by: string;
      readonly modes: string;
    }
  | {
      readonly event: "message.channel";
      readonly channel: string;
      readonly from: string;
      readonly text: string;
      readonly isNotice: boolean;
    }
  | {
      readonly event: "message.private";
      readonly from: string;
      readonly to: string;
      readonly bytes: number;
    }
  | { readonly event: "message.server"; readonly from: string; readonly text: string }
  | { readonly event: "message.from-server"; readonly to: string; readonly text: string }
  /** The settings were read again: what is different now, or why nothing is. */
  | { readonly event: "settings.read"; readonly by: string; readonly detail: string }
  | { readonly event: "settings.refused"; readonly by: string; readonly detail: string }
  /** An operator asks the program to end. */
  | { readonly event: "stop.asked"; readonly by: string }
  | { readonly event: "stopping"; readonly reason: string }
  | { readonly event: "store.failed"; readonly reason: string }
  /** A bug: the exception's stack, which names code and no data of users. */
  | { readonly event: "bug"; readonly where: string; readonly stack: string }
  /** With `--log debug`: a line in or out, secrets taken out. */
  | {
      readonly event: "line";
      readonly connection: ConnectionId;
      readonly direction: "in" | "out";
      readonly line: string;
    };
