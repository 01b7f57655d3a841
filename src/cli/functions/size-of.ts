// Sizes for people.

const units = ['bytes', 'KB', 'MB', 'GB'] as const;

/** `512 bytes`, `1.5 KB`, `20 MB`. */
export function sizeOf(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
