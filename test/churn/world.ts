// A day of a network: control as it is (control.ts over SQLite in memory), machines with an agent's real parts (machine.ts), a
// simulated network between them, and one clock that passes when told. What happens is drawn from a seed.
import assert from "node:assert/strict";
import { welcomeBack } from "../../src/control/absence.ts";
import type { Authority } from "../../src/control/authority.ts";
import { type Control, startControl } from "../../src/control/control.ts";
import { confirmRemovals, joinHost, removeHost } from "../../src/control/hosts.ts";
import { applySpec } from "../../src/control/spec.ts";
import { createToken } from "../../src/control/tokens.ts";
import { silentLog } from "../../src/lib/log.ts";
import { openRegistry } from "../../src/registry/open.ts";
import { AppError } from "../../src/wire/errors.ts";
import { decodeToken } from "../../src/wire/token.ts";
import { createVirtualClock } from "../lab/virtual-clock.ts";
import { changedFile, type FileParts, fileText, firstFile } from "./file.ts";
import { happenings } from "./happenings.ts";
import { createMachine, createWire, type Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import { isMember, unsettled } from "./unsettled.ts";

const statusMs = 10_000;
/** Nothing to abort or to take back, somebody who has just left: a person would be told. */
const inTheWay: ReadonlySet<string> = new Set(["invalidRequest", "notFound"]);
const dawnMs = Date.parse("2026-01-01T00:00:00Z");

export interface World {
  /** One thing happens; answers what. */
  readonly happen: () => Promise<string>;
  readonly pass: (ms: number) => Promise<void>;
  /** Everybody comes back, and what can be told is told; then each host must hold exactly what compile says. */
  readonly converge: () => Promise<void>;
  /** Sizes of what might grow without end. */
  readonly sizes: () => Promise<Readonly<Record<string, number>>>;
  readonly close: () => Promise<void>;
}

export async function createWorld(random: Random, size: number): Promise<World> {
  const clock = createVirtualClock(dawnMs);
  const registry = await openRegistry("sqlite::memory:", { clock });
  let signed = 0;
  const authority = {
    ...{ rootPem: "", fingerprint: "c".repeat(64), stickyKey: "sticky", debugKey: "debug" },
    signHost: async (csr: string) => ({ certificatePem: `certificate ${++signed}`, fingerprint: csr }),
  } as unknown as Authority;
  const parts = { registry, authority, clock, log: silentLog, controlUrls: () => ["https://control"] };
  let control: Control | undefined = await startControl(parts);
  await control.compiled;
  const names = Array.from({ length: size }, (_, index) => `host-${index + 1}`);
  const machines = new Map<string, Machine>();
  let file: FileParts = firstFile(names);
  let serial = 0;

  const later = (least: number, most: number, work: () => void) =>
    clock.after(least + random.next() * (most - least), work);
  /** What a person's command meets may be in the way: that is no failure of the day. */
  const attempt = async (work: (running: Control) => Promise<unknown>) => {
    if (!control) return;
    await work(control).catch((error) => {
      if (!(error instanceof AppError) || !inTheWay.has(error.code)) throw error;
    });
  };

  async function apply(next: FileParts): Promise<void> {
    await attempt(async (running) => {
      const expectedRevision = running.facts().spec?.revision ?? 0;
      await applySpec(running, "churn", { text: fileText(next), expectedRevision });
      file = next;
    });
  }

  async function join(name: string): Promise<void> {
    await attempt(async (running) => {
      const identity = `${name}.${++serial}`;
      const machine = createMachine(name, identity);
      const { token } = await createToken(running, "churn", {
        kind: "join",
        ...(random.chance(0.2) && { ephemeral: true }),
      });
      const { secret } = decodeToken(token);
      await joinHost(running, { secret, name, csr: identity, keys: machine.joinKeys(), capability: 3 });
      await clock.settle();
      machines.get(name)?.wire?.close();
      machines.set(name, machine);
      connect(machine);
      report(machine);
    });
  }

  const isCurrent = (machine: Machine) => machines.get(machine.name) === machine && machine.isUp && !machine.isGone;

  function connect(machine: Machine): void {
    if (!isCurrent(machine) || machine.wire?.isOpen()) return;
    if (!control || machine.isCut) {
      later(500, 5_000, () => connect(machine));
      return;
    }
    if (!isMember(control, machine)) {
      leave(machine);
      return;
    }
    const running = control;
    const open = () => {
      const isLate = control !== running || !isCurrent(machine) || machine.isCut || machine.wire?.isOpen();
      if (isLate) {
        connect(machine);
        return;
      }
      machine.objects.connected();
      const { digest, revision } = machine.objects.state();
      const again = () => later(500, 5_000, () => connect(machine));
      let arrivesMs = 0;
      const carry = (line: string) => {
        arrivesMs = Math.max(arrivesMs, clock.now()) + 50 * random.next(); // lines keep their order
        clock.after(arrivesMs - clock.now(), () => wire.isOpen() && receive(machine, line));
      };
      const wire = createWire(carry, again);
      machine.wire = wire;
      running.streams.open(machine.name, "mesh", revision === 0 ? undefined : digest, wire.outgoing);
    };
    if (running.facts().hosts.get(machine.name)?.membership?.staleSince === undefined) {
      open();
      return;
    }
    running.statuses.seen(machine.name);
    void welcomeBack(running, machine.name).then(async (revision) => {
      if (revision !== undefined) await running.settled(revision);
      open();
    });
  }

  function receive(machine: Machine, line: string): void {
    if (!isCurrent(machine)) return;
    const result = machine.objects.feedLine(line);
    if (result.kind === "removed") leave(machine);
    if (result.kind === "resync") {
      machine.wire?.close();
      later(100, 2_000, () => connect(machine));
    }
    if (result.kind !== "applied") return;
    later(5, 300, () => {
      if (!isCurrent(machine)) return;
      machine.reconcile();
      report(machine);
    });
  }

  function leave(machine: Machine): void {
    machine.isGone = true;
    machine.wire?.close();
    if (machines.get(machine.name) === machine) machines.delete(machine.name);
  }

  function report(machine: Machine): void {
    if (!control || !isCurrent(machine) || machine.isCut || !isMember(control, machine)) return;
    const reaches = (host: string) => machines.get(host)?.isUp === true;
    control.statuses.report(machine.name, machine.status(clock.now(), reaches));
    control.rotations.look();
  }

  const everySoOften = () => {
    for (const machine of machines.values()) {
      if (machine.isUp) machine.repair();
      report(machine);
    }
    clock.after(statusMs, everySoOften);
  };
  clock.after(statusMs, everySoOften);

  async function restartControl(): Promise<void> {
    control?.stop();
    await clock.settle();
    control = undefined;
    await clock.pass(random.below(5_000));
    control = await startControl(parts);
    await control.compiled;
  }

  function mend(machine: Machine): void {
    machine.isCut = false;
    connect(machine);
  }
  function start(machine: Machine): void {
    machine.isUp = true;
    machine.reconcile();
    connect(machine);
  }

  const draw = happenings(random, {
    ...{ names, machines, control: () => control, attempt, later, join, connect, mend, start, restartControl },
    changeFile: () => apply(changedFile(file, names, random)),
  });

  await apply(file);
  assert.ok(control.facts().spec, "the first file is in force");
  for (const name of names) await join(name);
  return {
    async happen() {
      const { name, happen } = draw();
      await happen();
      await clock.settle();
      return name;
    },
    pass: clock.pass,
    async converge() {
      for (let tries = 0; ; tries++) {
        for (const machine of machines.values()) {
          if (machine.isCut) mend(machine);
          if (!machine.isUp) start(machine);
          if (machine.isHeld()) await attempt((running) => confirmRemovals(running, "churn", machine.name));
        }
        for (const [name, { membership }] of control!.facts().hosts) {
          if (membership && !machines.has(name))
            await attempt((running) => removeHost(running, "churn", name, "host.remove"));
        }
        await clock.pass(15_000);
        const left = unsettled(control!, machines, authority);
        if (left === undefined) return;
        assert.ok(tries < 200, left);
      }
    },
    async sizes() {
      const { entries } = await registry.list("");
      const count = (prefix: string) => entries.filter(({ key }) => key.startsWith(prefix)).length;
      return {
        hosts: count("hosts/"),
        released: count("released/"),
        drains: count("drains/"),
        statuses: control!.statuses.all().size,
        clones: control!.clones.all().size,
        machines: machines.size,
      };
    },
    async close() {
      control?.stop();
      await clock.settle();
      await registry.close();
    },
  };
}
