/** What a client wrote, shown back to it. */
import { expect, test } from "bun:test";
import { Chat } from "../support/chat.ts";

test("a name that is shown back is cut between two characters", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  const ascii = "x".repeat(63);
  ann.sends(`WHOIS ${ascii}é`, `WHOIS ${ascii}😀`, `WHOIS ${ascii}yz`);
  expect(ann.sees().filter((line) => line.includes(" 401 "))).toEqual([
    `:server 401 ann ${ascii}é :No such nick/channel`,
    `:server 401 ann ${ascii} :No such nick/channel`,
    `:server 401 ann ${ascii}y :No such nick/channel`,
  ]);
});
