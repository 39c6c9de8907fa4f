/** Names at a login, with a device behind them. */
import { expect, test } from "bun:test";
import { parseLoginName } from "../../src/auth/login-name.ts";

test("what stands behind an @ is the device", () => {
  expect(parseLoginName("ann@phone")).toEqual({ name: "ann", device: "phone" });
  expect(parseLoginName("ann@Work_PC.2-b")).toEqual({ name: "ann", device: "Work_PC.2-b" });
});

test("what is no device's name is left in the name, which is nobody's then", () => {
  const odd = ["ann", "ann@", "@phone", "a@b@c", "ann@my phone", `ann@${"x".repeat(33)}`, "ann@é"];
  for (const name of odd) expect(parseLoginName(name)).toEqual({ name, device: undefined });
});
