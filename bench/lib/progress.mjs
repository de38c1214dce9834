// What a run says about itself, on stderr: the tables go to stdout.

const isTerminal = process.stderr.isTTY;
let lineIsOpen = false;

export function say(text) {
  if (lineIsOpen) process.stderr.write("\n");
  lineIsOpen = false;
  process.stderr.write(`bench: ${text}\n`);
}

// A line that the next one replaces on a terminal; elsewhere each stands for itself.
export function step(text) {
  if (!isTerminal) return say(text);
  process.stderr.write(`\r\x1b[Kbench: ${text}`);
  lineIsOpen = true;
}

export function duration(seconds) {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
