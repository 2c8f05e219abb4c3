/** Nobody looks at a page for longer without a sign of it. */
const STRETCH_MAX_MS = 30 * 60_000;
/** Less than this, without a deeper point, is not worth an event. */
const ENGAGED_MIN_MS = 1000;
const SIGNS = ['focus', 'blur', 'scroll', 'pageshow', 'pagehide'];

/** The attention that a view gets: time in which the page is seen and has the focus, and the deepest point seen. */
export interface Attention {
  begin(): void;
  /** What is new since the last call; `null` = too little. */
  take(): { engagedMs: number; scrollPercent: number } | null;
  end(): void;
}

export function watchAttention(): Attention {
  let engaged = 0;
  let since: number | null = null;
  let bottom = 0;
  let told = 0;
  // What is so is looked up at each sign, never inferred from its name.
  const tick = () => {
    const now = performance.now();
    if (since !== null) engaged += Math.min(now - since, STRETCH_MAX_MS);
    since = !document.hidden && document.hasFocus() ? now : null;
    bottom = Math.max(bottom, scrollY + innerHeight);
  };
  for (const sign of SIGNS) addEventListener(sign, tick, { passive: true });
  document.addEventListener('visibilitychange', tick);
  return {
    begin() {
      tick();
      engaged = bottom = told = 0;
    },
    take() {
      tick();
      const percent = Math.round((100 * bottom) / document.documentElement.scrollHeight);
      const scrollPercent = Math.min(100, percent);
      if (engaged < ENGAGED_MIN_MS && scrollPercent <= told) return null;
      const engagedMs = Math.floor(engaged);
      engaged = 0;
      told = scrollPercent;
      return { engagedMs, scrollPercent };
    },
    end() {
      for (const sign of SIGNS) removeEventListener(sign, tick);
      document.removeEventListener('visibilitychange', tick);
    },
  };
}
