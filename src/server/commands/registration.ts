/** USER and PASS: how a connection introduces itself. Who it is, the login says. */
import { hostLengthMax, realNameBytesMax, userLengthMax } from "../../protocol/limits.ts";
import { refusals } from "../../protocol/replies.ts";
import { cutToBytes, printable } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { text, word } from "../params.ts";
import { offerServerPassword } from "./server-password.ts";
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
    const change = {
      askedUser: name,
      realName: cutToBytes(printable(realName), realNameBytesMax),
    };
    ctx.emit(sessionChanged({ connection: session.id, change }));
    return undefined;
  },
});

/** Where the server has no password of its own, clients that send one all the same are not turned away for it. */
const pass = command({
  name: "PASS",
  when: "always",
  params: { password: word() },
  run(ctx, { password }) {
    if (ctx.session.user !== undefined) return refusals.alreadyRegistered();
    return ctx.settings.hasPassword ? offerServerPassword(ctx, password) : undefined;
  },
});

export const registrationFamily = family({
  commands: [user, pass],
  isupport: () => ({ USERLEN: String(userLengthMax), HOSTLEN: String(hostLengthMax) }),
});
