/** USER: how a connection introduces itself. Who it is, the login says. */
import { hostLengthMax, realNameBytesMax, userLengthMax } from "../../protocol/limits.ts";
import { refusals } from "../../protocol/replies.ts";
import { cutToBytes, printable } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { text, word } from "../params.ts";
import { sessionChanged } from "../session-changed.ts";

const user = command({
  name: "USER",
  when: "always",
  params: { user: word(), mode: word(), unused: word(), realName: text },
  run(ctx, { user: name, realName }) {
    const { session } = ctx;
    if (session.user !== undefined || session.askedUser !== undefined) {
      return refusals.alreadyRegistered();
    }
    // Modern IRC, USER: "If it is empty, the server SHOULD reject the command with ERR_NEEDMOREPARAMS".
    if (name === "" || realName === "") return refusals.needMoreParams("USER");
    const change = {
      askedUser: name,
      realName: cutToBytes(printable(realName), realNameBytesMax),
    };
    ctx.emit(sessionChanged({ connection: session.id, change }));
    return undefined;
  },
});

export const registrationFamily = family({
  commands: [user],
  isupport: () => ({ USERLEN: String(userLengthMax), HOSTLEN: String(hostLengthMax) }),
});
