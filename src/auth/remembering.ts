/**
 * Remembering, in a login: a mechanism whose proven logins may have their device remembered.
 *
 * It comes after all that is asked for (a second factor too), since a device that is remembered comes
 * again without. Only where the device could come again by it: where resuming was offered.
 */
import { rememberDevice } from "./devices.ts";
import { type Exchange, type Mechanism, type MechanismContext, type Step } from "./mechanism.ts";
import { resumeName } from "./resume.ts";

export function withDevices(mechanism: Mechanism): Mechanism {
  return {
    ...mechanism,
    begin(context): Exchange {
      const exchange = mechanism.begin(context);
      return { step: async (response) => remembered(context, await exchange.step(response)) };
    },
  };
}

async function remembered({ vault, offered }: MechanismContext, outcome: Step): Promise<Step> {
  if (outcome.kind !== "proven") return outcome;
  const { account, remember: label, sessionKey } = outcome;
  const mayResume = offered.split(",").includes(resumeName);
  if (label === undefined || sessionKey === undefined || !mayResume) return outcome;
  const credential = await rememberDevice(vault, account, { sessionKey, label });
  return { ...outcome, credential };
}
