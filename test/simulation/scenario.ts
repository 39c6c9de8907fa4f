/**
 * What people do in the simulated world: they speak, in rooms and privately, come and go, change things, and an
 * operator decides on who asks to come in.
 */
import { below, chance, pick, type Random } from "../../src/base/random.ts";
import { Device } from "../support/sim-device.ts";
import { Reader } from "./reader.ts";
import { Listener } from "./listener.ts";
import { type World } from "../support/world.ts";

const password = "a long enough password";
const rooms = ["#ants", "#bees", "#cats"];

export class Scenario {
  readonly #world: World;
  readonly #random: Random;
  readonly #accounts: string[] = [];
  /** Who is written to in private, and says nothing. */
  readonly #listeners: string[] = [];
  /** Accounts that are asked for while the world runs. */
  readonly #newcomers = new Set<string>();
  #sent = 0;
  #isEnding = false;
  #isOperatorAsking = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random;
  }

  /** All newcomers have been decided on. */
  get isOver(): boolean {
    return this.#isEnding && !this.#isOperatorAsking;
  }

  begin(): void {
    const world = this.#world;
    const random = this.#random;
    const { accounts } = world.options;
    for (let index = 0; index < accounts; index += 1) {
      const account = `user${index}`;
      this.#accounts.push(account);
      const registers = index > 1 && chance(random, 0.2);
      if (registers) this.#newcomers.add(account);
      else world.server?.putAccount(account, password);
      const deviceCount = !registers && chance(random, 0.3) ? 2 : 1;
      for (let device = 0; device < deviceCount; device += 1) {
        world.addDevice(new Device(world, { account, password, index: device, registers }));
      }
    }
    for (let index = 0; index < (world.options.readers ?? 1); index += 1) {
      const reader = new Reader(world, `reader${index}`);
      world.server?.putAccount(reader.account, password);
      world.addReader(reader);
    }
    for (let index = 0; index < (world.options.listeners ?? 0); index += 1) {
      const name = `listener${index}`;
      Listener.put(world, name);
      this.#listeners.push(name);
      world.addListener(new Listener(world, name));
    }
    world.restartServer();
    for (const reader of world.readers) {
      world.clock.after(below(random, 2_000), () => reader.start());
    }
    for (const listener of world.listeners) {
      world.clock.after(below(random, 2_000), () => listener.connect());
    }
    for (const device of world.devices) {
      world.clock.after(below(random, 2_000), () => device.start());
      world.clock.after(2_000 + below(random, 3_000), () => this.#goOn(device));
    }
    this.#decide();
  }

  /** From now on nothing new is said. */
  end(): void {
    this.#isEnding = true;
  }

  #goOn(device: Device): void {
    if (this.#isEnding) return;
    this.#act(device);
    // Some say a lot at once, most now and then.
    const pauseMs = chance(this.#random, 0.1) ? 0 : 200 + below(this.#random, 4_000);
    this.#world.clock.after(pauseMs, () => this.#goOn(device));
  }

  #act(device: Device): void {
    const random = this.#random;
    const draw = below(random, 100);
    if (draw < 50) this.#send(device, "#general");
    else if (draw < 72) this.#send(device, pick(random, [...this.#accounts, ...this.#listeners]));
    else if (draw < 82) this.#send(device, pick(random, rooms));
    else if (draw < 90) device.act({ kind: "join", channel: pick(random, rooms) });
    else if (draw < 93) device.act({ kind: "part", channel: pick(random, rooms) });
    else if (draw < 95) {
      const text = `topic ${this.#number()}`;
      device.act({ kind: "topic", channel: pick(random, rooms), text });
    } else if (draw < 98) this.#command(device);
    else if (draw < 99) device.act({ kind: "quit" });
    else if (chance(random, 0.3)) this.#world.flood(device);
    else for (let count = 0; count < 40; count += 1) this.#send(device, "#general");
  }

  #send(device: Device, target: string): void {
    const text = `${device.name} says ${this.#number()} ${"blah ".repeat(below(this.#random, 6))}`;
    this.#world.checkers.sent(device, text.trim());
    device.act({ kind: "send", target, text: text.trim(), ref: text.trim() });
  }

  #command(device: Device): void {
    const random = this.#random;
    const room = pick(random, rooms);
    const nick = pick(random, this.#accounts);
    const commands: readonly (readonly [string, ...string[]])[] = [
      ["MODE", room, chance(random, 0.5) ? "+o" : "+v", nick],
      ["MODE", room, chance(random, 0.5) ? "+m" : "-m"],
      ["KICK", room, nick, "out"],
      ["INVITE", nick, room],
      ["WHOIS", nick],
      ["NAMES", room],
      ["LIST"],
      ["NOTSOMETHING", "x"],
    ];
    const [command, ...params] = pick(random, commands);
    device.act({ kind: "command", command, params });
  }

  #number(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** The operator looks now and then who waits, and lets most in; in the end, everyone. */
  #decide(): void {
    const world = this.#world;
    this.#isOperatorAsking = true;
    const again = (): void => {
      world.clock.after(300 + below(this.#random, 1_500), () => this.#decide());
    };
    if (this.#isEnding && world.devices.every((device) => device.isOnline)) {
      this.#isOperatorAsking = false;
      return;
    }
    again();
    world.server?.instruct("pending", ({ lines }) => {
      for (const line of lines) {
        const [name = "", state] = line.split(" ");
        if (state !== "pending") continue;
        const isRejected = !this.#isEnding && chance(this.#random, 0.2);
        world.server?.instruct(`${isRejected ? "reject" : "approve"} ${name}`, () => undefined);
      }
    });
  }
}
