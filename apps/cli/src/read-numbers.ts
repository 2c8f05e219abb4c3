/** Reads `--name 5` options that are whole numbers; throws an error that names the allowed ones. */
export function readNumbers<T extends Readonly<Record<string, number>>>(
  args: readonly string[],
  defaults: T,
): T {
  const values: Record<string, number> = { ...defaults };
  for (let index = 0; index < args.length; index += 2) {
    const name = (args[index] ?? '').replace(/^--/, '');
    const value = Number((args[index + 1] ?? '').replaceAll('_', ''));
    if (!(name in defaults) || !Number.isSafeInteger(value) || value < 1) {
      const allowed = Object.keys(defaults).map((each) => `--${each} N`);
      throw new Error(
        `“${args.slice(index, index + 2).join(' ')}” is not right; allowed: ${allowed.join(' ')}`,
      );
    }
    values[name] = value;
  }
  return values as T;
}
