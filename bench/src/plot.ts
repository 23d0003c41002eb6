/** Bars with their spread, as an SVG: what a page of figures needs, and no more. */

export interface Bar {
  name: string;
  /** Where the bar ends; a bar that begins elsewhere than at 0 is a span. */
  value: number;
  from?: number;
  /** Lowest and highest of what was measured, or of the interval. */
  spread?: readonly [number, number];
  kind: "ours" | "peer" | "past";
}
export interface Plot { title: string; unit: string; bars: readonly Bar[]; log?: boolean }

const colours = { ours: "#2563a8", peer: "#9aa3ad", past: "#c98a3b" };
const [left, width, right, top, step, thick] = [190, 470, 110, 44, 24, 15];
const ticksMax = 6;

const safe = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const round = (value: number) => Math.round(value * 10) / 10;

/** Three digits and no more, zeros at the end left out. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 1e6) return `${brief(value / 1e6)} M`;
  return Math.abs(value) >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
}

/** Round numbers from 0 to at least `end`. */
export function ticks(end: number): number[] {
  const rough = end / ticksMax;
  const power = 10 ** Math.floor(Math.log10(rough));
  const pace = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(end / pace - 1e-9) + 1 }, (_, n) => Number((n * pace).toPrecision(12)));
}

/** Powers of ten around what there is. */
function decades(from: number, to: number): number[] {
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  return Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n));
}

interface Axis { at(value: number): number; marks: number[] }

function axisOf({ bars, log }: Plot): Axis {
  const highest = Math.max(...bars.flatMap(({ value, spread }) => [value, spread?.[1] ?? 0]));
  if (!log) {
    const marks = ticks(highest);
    const end = marks.at(-1) ?? 1;
    return { marks, at: (value) => left + (width * value) / end };
  }
  const lowest = Math.min(...bars.map(({ value, from }) => from ?? value));
  const marks = decades(lowest, highest);
  const [begin, end] = [Math.log10(marks[0] ?? 1) - 0.001, Math.log10(marks.at(-1) ?? 10)];
  return { marks, at: (value) => left + (width * Math.max(0, Math.log10(value) - begin)) / (end - begin) };
}

const text = (x: number, y: number, what: string, more = "") => `<text x="${round(x)}" y="${round(y)}"${more}>${safe(what)}</text>`;
const line = (x1: number, y1: number, x2: number, y2: number, more: string) => `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${more}/>`;

function drawn(bar: Bar, n: number, axis: Axis): string {
  const y = top + n * step;
  const middle = y + thick / 2;
  const begin = bar.from === undefined ? left : axis.at(bar.from);
  const parts = [
    text(left - 8, middle + 4, bar.name, ' text-anchor="end"'),
    `<rect x="${round(begin)}" y="${y}" width="${round(Math.max(1, axis.at(bar.value) - begin))}" height="${thick}" fill="${colours[bar.kind]}"/>`,
  ];
  const [low, high] = (bar.spread ?? [bar.value, bar.value]).map((end) => Math.max(left, axis.at(end))) as [number, number];
  if (bar.spread) {
    parts.push(line(low, middle, high, middle, 'stroke="#222"'));
    for (const end of [low, high]) parts.push(line(end, middle - 4, end, middle + 4, 'stroke="#222"'));
  }
  const said = bar.from === undefined ? brief(bar.value) : `${brief(bar.from)} to ${brief(bar.value)}`;
  parts.push(text(Math.max(high, axis.at(bar.value)) + 7, middle + 4, said));
  return parts.join("\n");
}

export function svgOf(plot: Plot): string {
  const axis = axisOf(plot);
  const bottom = top + plot.bars.length * step;
  const [across, down] = [left + width + right, bottom + 42];
  const marks = axis.marks.map((mark) => line(axis.at(mark), top - 6, axis.at(mark), bottom, 'stroke="#ddd"') + text(axis.at(mark), bottom + 16, brief(mark), ' text-anchor="middle" fill="#555"'));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across} ${down}" width="${across}" height="${down}" font-family="sans-serif" font-size="12">`,
    `<title>${safe(plot.title)}</title>`,
    `<rect width="${across}" height="${down}" fill="#fff"/>`,
    text(10, 22, plot.title, ' font-size="15" font-weight="bold"'),
    ...marks,
    ...plot.bars.map((bar, n) => drawn(bar, n, axis)),
    text(left + width / 2, bottom + 34, plot.unit, ' text-anchor="middle" fill="#555"'),
    "</svg>\n",
  ].join("\n");
}
