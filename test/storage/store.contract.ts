/**
 * The contract of `Store`: what every store does, whatever it keeps things in.
 *
 * `makeStore` gives an empty store each time it is called, inside a test.
 */
import { describe, test } from "bun:test";
import { audits } from "./audit.contract.ts";
import { history, historyTargets } from "./history.contract.ts";
import { keeping, nonces } from "./keeping.contract.ts";
import { missed, reading } from "./reading.contract.ts";
import { type TestedStore } from "./records.ts";
import { memberships, metadata, removal, rows } from "./rows.contract.ts";

const contracts = {
  keeping,
  nonces,
  memberships,
  metadata,
  history,
  historyTargets,
  rows,
  removal,
  audits,
  reading,
  missed,
};

export function storeContract(name: string, makeStore: () => TestedStore): void {
  for (const [part, contract] of Object.entries(contracts)) {
    describe(`${name}: ${part}`, () => {
      for (const [title, check] of Object.entries(contract)) test(title, () => check(makeStore()));
    });
  }
}
