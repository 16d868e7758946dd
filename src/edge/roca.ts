// The fingerprint of RSA keys made by Infineon's faulty library (ROCA, CVE-2017-15361), whose factors can be found.

const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/** Whether the modulus is a power of 65537 modulo every small prime: true for all such keys, by chance for one in 2^27. */
export function hasRocaFingerprint(modulus: bigint): boolean {
  return primes.every((prime) => powersOf(65_537 % prime, prime).has(Number(modulus % BigInt(prime))));
}

function powersOf(base: number, prime: number): Set<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * base) % prime) powers.add(power);
  return powers;
}
