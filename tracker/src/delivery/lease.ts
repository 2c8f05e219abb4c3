/** Browsers without Web Locks: how long one tab may send before another may. */
const LEASE_MS = 30_000;

/** Runs while no other tab does, or not at all. */
export async function alone(key: string, act: () => Promise<void>): Promise<void> {
  if (navigator.locks) {
    await navigator.locks.request(key, { ifAvailable: true }, (lock) => (lock ? act() : undefined));
    return;
  }
  const lease = `${key}-lease`;
  if (Number(localStorage.getItem(lease) ?? 0) > Date.now()) return;
  localStorage.setItem(lease, String(Date.now() + LEASE_MS));
  try {
    await act();
  } finally {
    localStorage.removeItem(lease);
  }
}
