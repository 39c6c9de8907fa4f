/** NICK and USER: how a connection introduces itself. Who it is, the login says. */
import { realNameBytesMax } from "../../protocol/limits.ts";
import { isSameName, parseAccountName } from "../../protocol/names.ts";
import { refusals } from "../../protocol/replies.ts";
import { cutToBytes, printable } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { text, shownName, word } from "../params.ts";
import { sessionChanged } from "../session-changed.ts";

/**
 * Before the login the nick is only what the connection is called until then; afterwards it is the account's name.
 * Nobody is told that it is in use: whoever proves the account's password shares its nick.
 */
const nick = command({
  name: "NICK",
  when: "always",
  params: { nick: word(refusals.noNicknameGiven) },
  run(ctx, { nick: wanted }) {
    const { session } = ctx;
    if (session.user !== undefined) {
      const isSame = isSameName(wanted, session.user.nick);
      return isSame ? undefined : refusals.nickIsAccount(shownName(wanted));
    }
    const name = parseAccountName(wanted);
    if (!name.ok && !/^[A-Za-z[\]{}|\\^_`][\w[\]{}|\\^`-]{0,31}$/.test(wanted)) {
      return refusals.erroneousNickname(shownName(wanted), name.error);
    }
    ctx.emit(sessionChanged({ connection: session.id, change: { askedNick: wanted } }));
    return undefined;
  },
});

const user = command({
  name: "USER",
  when: "always",
  params: { user: word(), mode: word(), unused: word(), realName: text },
  run(ctx, { user: name, realName }) {
    const { session } = ctx;
    if (session.user !== undefined || session.askedUser !== undefined) {
      return refusals.alreadyRegistered();
    }
    const change = {
      askedUser: name,
      realName: cutToBytes(printable(realName), realNameBytesMax),
    };
    ctx.emit(sessionChanged({ connection: session.id, change }));
    return undefined;
  },
});

export const registrationFamily = family({
  commands: [nick, user],
  isupport: () => ({ NICKLEN: "32", CASEMAPPING: "ascii", UTF8ONLY: "" }),
});
