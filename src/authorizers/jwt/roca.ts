// Keys of a broken generator (CVE-2017-15361): their modulus is, for each of many small primes, a power of 65537. Other
// keys pass all of these tests once in 2^27.

/** Primes for which 65537 does not generate everything: only these tell. */
const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157] as const;

const generated = primes.map((prime) => {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * (65_537 % prime)) % prime) powers.add(power);
  return { prime: BigInt(prime), powers };
});

/** @param modulus - of an RSA key */
export const isRocaModulus = (modulus: bigint): boolean =>
  generated.every(({ prime, powers }) => powers.has(Number(modulus % prime)));
