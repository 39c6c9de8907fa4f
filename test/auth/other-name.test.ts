import { expect, test } from "bun:test";
import { Desk, good } from "./desk.ts";

test("a verifier made under a nick is nobody's", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await desk.enrol("queen", "another good password", 7); // what `set password` and reset links ask under a free nick
  const outcomes = [];
  for (const secret of [good, "another good password"])
    outcomes.push((await desk.login("ann", secret)).outcome);
  expect(outcomes).toEqual(["refused", "refused"]);
});
