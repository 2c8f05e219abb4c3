import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

const HEIGHT_DEFAULT_PX = 292;

/**
 * A line over the buckets of the range. The way to an unfinished bucket is dashed, and what is to come is
 * left out: a fall to zero would look like an outage.
 */
export function Chart({
  labels,
  values,
  name,
  finished,
  hasBegun,
}: {
  labels: string[];
  values: number[];
  name: string;
  finished: number;
  hasBegun: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const style = getComputedStyle(element);
    const color = (token: string) => style.getPropertyValue(token).trim();
    const probe = document.createElement('i');
    element.append(probe);
    const resolved = (token: string) => {
      probe.style.color = `var(${token})`;
      return getComputedStyle(probe).color || color(token);
    };
    const [ink, line, accent] = [resolved('--ink-3'), resolved('--line'), resolved('--accent')];
    probe.remove();
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight || HEIGHT_DEFAULT_PX,
        legend: { show: false },
        cursor: { y: false },
        scales: {
          x: { time: false },
          y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
        },
        axes: [
          { ...axis, values: (_plot, at) => at.map((index) => shortLabel(labels[index])) },
          { ...axis, size: 52 },
        ],
        series: [
          {},
          { label: name, stroke: accent, width: 2, points: { show: values.length < 40 } },
          {
            label: `${name} so far`,
            stroke: accent,
            width: 2,
            dash: [4, 4],
            points: { show: true },
          },
        ],
      },
      [
        labels.map((_label, index) => index),
        values.map((value, index) => (index < finished ? value : null)),
        values.map((value, index) =>
          hasBegun && (index === finished || index === finished - 1) ? value : null,
        ),
      ],
      element,
    );
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [labels, values, name, finished, hasBegun]);
  const last = values[hasBegun ? finished : finished - 1] ?? 0;
  return (
    <div
      class="chart"
      ref={box}
      role="img"
      aria-label={`${name} over time, ${values.length} points, last ${last}`}
    />
  );
}

function shortLabel(label: string | undefined): string {
  if (label === undefined) return '';
  return label.includes('T') ? label.slice(11, 16) : label.slice(5);
}
