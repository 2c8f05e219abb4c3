/** Video and audio of the page itself: start, quarters, end, under GA4's names. */
import type { Kernel } from '../script/kernel.js';

const QUARTERS = [25, 50, 75] as const;

export default function media(kernel: Kernel): void {
  const reached = new WeakMap<HTMLMediaElement, { source: string; percent: number }>();
  const report = (name: string, player: HTMLMediaElement, percent: number) =>
    kernel.track([
      'track',
      name,
      {
        video_title: player.title || player.getAttribute('aria-label') || undefined,
        video_url: player.currentSrc.split(/[?#]/)[0]?.slice(-500),
        video_provider: player.tagName.toLowerCase(),
        video_percent: percent,
        video_current_time: Math.round(player.currentTime),
        video_duration: Number.isFinite(player.duration) ? Math.round(player.duration) : undefined,
      },
    ]);
  const react = (event: Event) => {
    const player = event.target;
    if (!(player instanceof HTMLMediaElement) || player.closest('[data-track-ignore]')) return;
    let state = reached.get(player);
    // Another source in the same element is another film.
    if (state?.source !== player.currentSrc) {
      state = { source: player.currentSrc, percent: -1 };
      reached.set(player, state);
    }
    if (event.type === 'playing' && state.percent < 0) {
      state.percent = 0;
      report('video_start', player, 0);
    }
    if (event.type === 'ended' && state.percent < 100) {
      state.percent = 100;
      report('video_complete', player, 100);
    }
    if (event.type !== 'timeupdate' || !(player.duration > 0) || state.percent < 0) return;
    const percent = (100 * player.currentTime) / player.duration;
    for (const quarter of QUARTERS) {
      if (percent < quarter || state.percent >= quarter) continue;
      state.percent = quarter;
      report('video_progress', player, quarter);
    }
  };
  // Media events do not bubble: they are caught on their way down.
  for (const type of ['playing', 'timeupdate', 'ended']) addEventListener(type, react, true);
}
