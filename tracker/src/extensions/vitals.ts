/**
 * Web vitals as Google's `web-vitals` measures them, under the metric's name: one event per metric of a view,
 * when it is hidden first. What comes of a metric later would be a second sample of the same view.
 */
import { type Metric, onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { Kernel } from '../script/kernel.js';

/** Decimals that matter: milliseconds need none, a layout shift four. */
const round = (value: number) => Math.round(value * 1e4) / 1e4;

export default function vitals(kernel: Kernel): void {
  const told = new Set<string>();
  const report = ({ name, value, rating, id, navigationType }: Metric) => {
    if (told.has(id)) return;
    told.add(id);
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
  };
  for (const observe of [onCLS, onFCP, onINP, onLCP, onTTFB]) observe(report);
}
