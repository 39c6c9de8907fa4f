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
      /** Whose login it would have been, as far as that was said; `*` for what is no name. */
      readonly account: string | undefined;
      readonly mechanism: string;
      readonly reason: string;
    }
  /** Not looked at: too many were wrong that came from there. */
  | {
      readonly event: "login.throttled";
      readonly connection: ConnectionId;
      readonly address: string;
      readonly mechanism: string;
      readonly seconds: number;
    }
  /** Too many wrong passwords in a row: from unknown places none is taken any more. */
  | { readonly event: "account.locked"; readonly account: string; readonly address: string }
  | { readonly event: "account.unlocked"; readonly account: string; readonly by: string }
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
      /** The account's name; of a guest, what they are called. */
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
  | {
      readonly event: "account.certificate";
      readonly account: string;
      readonly change: "added" | "removed";
      /** SHA-256, lower-case hex. */
      readonly fingerprint: string;
    }
  | { readonly event: "account.added"; readonly account: string; readonly by: string }
  /** It has another password; who was logged in with the one before is not any more. */
  | { readonly event: "account.password"; readonly account: string; readonly by: string }
  | { readonly event: "account.disabled"; readonly account: string; readonly by: string }
  | { readonly event: "account.enabled"; readonly account: string; readonly by: string }
  | {
      readonly event: "account.expires";
      readonly account: string;
      /** ISO time; undefined: never. */
      readonly at: string | undefined;
      readonly by: string;
    }
  | { readonly event: "account.deleted"; readonly account: string; readonly by: string }
  /** All that a deleted account said is erased. */
  | { readonly event: "account.erased"; readonly account: string; readonly count: number }
  | {
      readonly event: "invitation.made";
      /** The first digits of its hash, by which it is listed. */
      readonly invitation: string;
      /** `member`, `operator`, or `reset`. */
      readonly purpose: string;
      readonly label: string;
      readonly uses: number;
      readonly expires: string;
      readonly by: string;
    }
  | {
      readonly event: "invitation.used";
      readonly invitation: string;
      readonly label: string;
      readonly account: string;
      readonly left: number;
    }
  | {
      readonly event: "invitation.revoked";
      readonly invitation: string;
      readonly label: string;
      readonly by: string;
    }
  | {
      readonly event: "invitation.expired";
      readonly invitation: string;
      readonly label: string;
    }
  | {
      readonly event: "account.strict";
      readonly account: string;
      readonly isStrict: boolean;
      readonly by: string;
    }
  | {
      readonly event: "account.always-on";
      readonly account: string;
      readonly choice: "on" | "off" | "default";
      readonly by: string;
    }
  | {
      readonly event: "app-password.added";
      readonly account: string;
      readonly label: string;
      readonly by: string;
    }
  | {
      readonly event: "app-password.removed";
      readonly account: string;
      readonly number: number;
      readonly by: string;
    }
  /** It comes back without the password from now on, until it is forgotten. */
  | {
      readonly event: "device.remembered";
      readonly account: string;
      readonly number: number;
      readonly address: string;
    }
  | {
      readonly event: "device.forgotten";
      readonly account: string;
      readonly number: number;
      readonly by: string;
    }
  | {
      readonly event: "totp.on" | "totp.off" | "totp.recovery";
      readonly account: string;
      readonly by: string;
    }
  /** `isSame`: only the record was made anew. */
  | {
      readonly event: "password.changed";
      readonly account: string;
      readonly address: string;
      readonly isSame: boolean;
    }
  /** `older`: passwords that only an older key can check; `lost`: those that none can any more. */
  | {
      readonly event: "keys.changed";
      readonly by: string;
      readonly keys: number;
      readonly older: number;
      readonly lost: number;
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
  /** What was said is deleted: in a channel, or in a conversation with someone. */
  | {
      readonly event: "message.redacted";
      readonly target: string;
      readonly id: string;
      readonly by: string;
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
  /** The disk is full: what people do is not kept, and so not done, until there is room again. */
  | { readonly event: "store.read-only" | "store.writable"; readonly reason: string }
  /** A bug: the exception's stack, which names code and no data of users. */
  | { readonly event: "bug"; readonly where: string; readonly stack: string }
  /** With `--log debug`: a line in or out, secrets taken out. */
  | {
      readonly event: "line";
      readonly connection: ConnectionId;
      readonly direction: "in" | "out";
      readonly line: string;
    };
