/** Web vitals as Google's `web-vitals` measures them, one event per metric under the metric's name. */
import { type Metric, onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { Kernel } from '../script/kernel.js';

/** Decimals that matter: milliseconds need none, a layout shift four. */
const round = (value: number) => Math.round(value * 1e4) / 1e4;

export default function vitals(kernel: Kernel): void {
  const report = ({ name, value, rating, id, navigationType }: Metric) =>
    kernel.track([
      'track',
      name,
      {
        metric_value: round(value),
        metric_rating: rating,
        metric_id: id,
        navigation_type: navigationType,
      },
    ]);
  for (const observe of [onCLS, onFCP, onINP, onLCP, onTTFB]) observe(report);
}
