/**
 * Remembered devices as rows: how many, which of them goes, and what a name may be.
 */
import { expect, test } from "bun:test";
import { devicesMax, parseContent } from "../../src/auth/devices.ts";
import { isDeviceName, parseThird, writeThird } from "../../src/auth/opaque/profile.ts";
import { accountId } from "../../src/base/ids.ts";
import { dayMs } from "../../src/base/time.ts";
import { Desk } from "./desk.ts";
import { Device } from "./device.ts";

test("one device more than an account may have, and the one used longest ago goes", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await desk.member(8, "bob");
  const other = new Device(desk, { name: "bob" });
  await other.logsIn(1);
  const devices: Device[] = [];
  for (let index = 0; index < devicesMax; index += 1) {
    desk.now += 1_000;
    const device = new Device(desk, { label: `device ${index}` });
    expect((await device.logsIn(10 + index)).outcome).toBe("proven");
    devices.push(device);
  }
  desk.now += 1_000;
  expect((await devices[0]?.resumes(50))?.outcome).toBe("proven");
  desk.now += 1_000;
  await new Device(desk, { label: "one more" }).logsIn(51);
  const labels = desk.credentials.list(accountId(7), "session").map(({ label }) => label);
  expect([labels.length, labels[0], labels[1], labels.at(-1)]).toEqual([
    devicesMax,
    "device 0",
    "device 2",
    "one more",
  ]);
  expect((await devices[1]?.resumes(52))?.outcome).toBe("refused");
  expect((await other.resumes(53))?.outcome).toBe("proven");
});

test("what has expired is removed when the next device is remembered", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  await new Device(desk).logsIn(1);
  desk.now += 15 * dayMs;
  await new Device(desk).logsIn(2);
  expect(desk.credentials.page(0, 10).map(({ id }) => id)).toEqual([2]);
});

test("a device's name is one short line that can be shown to anyone", () => {
  for (const name of ["a", "ann's laptop", "é".repeat(32)]) expect(isDeviceName(name)).toBe(true);
  for (const name of ["", "a\nb", "\u001b[2J", "a".repeat(65), "é".repeat(33)]) {
    expect(isDeviceName(name)).toBe(false);
  }
});

test("the third message carries the name of a device that is to be remembered, and nothing else", () => {
  const ke3 = new Uint8Array(64).fill(5);
  expect(parseThird(ke3)).toEqual({ ke3, remember: undefined });
  const asking = writeThird({ ke3, remember: "laptop" });
  expect(parseThird(asking)?.remember).toBe("laptop");
  const wrong = [
    ke3.subarray(1),
    Uint8Array.of(...ke3, 1),
    Uint8Array.of(...ke3, 1, 0),
    Uint8Array.of(...ke3, 2, 1, 97),
    Uint8Array.of(...asking, 0),
    asking.subarray(0, -1),
    Uint8Array.of(...ke3, 1, 1, 10),
    Uint8Array.of(...ke3, 1, 1, 0xff),
  ];
  for (const bytes of wrong) expect(parseThird(bytes)).toBe(undefined);
});

test("a row of another version is none", () => {
  expect(parseContent(new Uint8Array(65))).toBe(undefined);
  expect(parseContent(Uint8Array.of(1, 2))).toBe(undefined);
});
