import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSteps } from "./up.ts";

const url = "https://edge.example.com:7443";

test("up ends with how the missing hosts join, and where all is seen", () => {
  const steps = nextSteps(["api-1", "db-1"], url).join("\n");
  assert.match(steps, /not joined yet \(api-1, db-1\)/);
  assert.match(steps, /^ {2}sudo portway token create --host api-1 /m);
  assert.match(steps, /^ {2}sudo portway join TOKEN --name api-1 /m);
  assert.match(steps, /^ {2}https:\/\/edge\.example\.com:7443\/ .*token create --admin/m);
});

test("up tells nothing of joining once all have", () => {
  const steps = nextSteps([], url).join("\n");
  assert.match(steps, /Every host of the file has joined/);
  assert.doesNotMatch(steps, /join TOKEN/);
  assert.match(steps, /https:\/\/edge\.example\.com:7443\//);
});

test("up of a file that names this host alone says how another comes", () => {
  const steps = nextSteps([], url, "net.yaml").join("\n");
  assert.match(steps, /only host that net\.yaml names/);
  assert.match(steps, /portway apply net\.yaml\n.*token create --host api-1 .*\n.*join TOKEN --name api-1 /);
  assert.match(steps, /portway status/);
});
