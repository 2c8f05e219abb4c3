/** What a property may hold. */
const DESCRIPTION_MAX = 500;

/** An error's name and message; whatever else was thrown, as text. */
export function describe(error: unknown): string {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  const text = typeof message === 'string' ? `${name ?? 'Error'}: ${message}` : String(error);
  return text.slice(0, DESCRIPTION_MAX);
}
