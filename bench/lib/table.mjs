// Tables that read well both as text and as Markdown.

// The first column is text, the others are numbers.
export function table(heads, rows) {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => pad(cell, widths[at], at)).join(" | ")} |`;
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(heads), line(rule), ...rows.map(line)].join("\n");
}

function pad(cell, width, at) {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}

export const fixed = (number, digits) => number.toFixed(digits);

export function spread({ median, min, max }, digits) {
  return min === max
    ? fixed(median, digits)
    : `${fixed(median, digits)} (${fixed(min, digits)}..${fixed(max, digits)})`;
}

export const mebibytes = (bytes) => fixed(bytes / 2 ** 20, 1);
export const kilobytes = (bytes) => fixed(bytes / 1024, 1);
