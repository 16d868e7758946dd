// Whether `can` and `trace` agree: SPECS files at random (10 unless told) in force on a lab of five hosts one after the other, five
// triples of each. SEED makes the same ones again. Ends with 1 where they disagree, after it has told where.
import { openRandomLab } from "../../test/e2e/random-specs.ts";

const files = Number(process.env["SPECS"] ?? 10);
const seed = Number(process.env["SEED"] ?? 1);
const lab = await openRandomLab(seed);
const sum = { files: 0, traced: 0, open: 0, disagreements: 0 };
try {
  for (let number = 0; number < files; number++) {
    const { traced, open, disagreements } = await lab.tryFile(number);
    sum.files += traced > 0 ? 1 : 0;
    sum.traced += traced;
    sum.open += open;
    sum.disagreements += disagreements.length;
    for (const one of disagreements) console.error(JSON.stringify(one));
  }
} finally {
  await lab.close();
}
console.log(`can_trace_specs ${sum.files}`);
console.log(`can_trace_triples ${sum.traced}`);
console.log(`can_trace_triples_open ${sum.open}`);
console.log(`can_trace_disagreements ${sum.disagreements}`);
process.exitCode = sum.disagreements === 0 ? 0 : 1;
