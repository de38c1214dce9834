// Medians and spreads.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summary(numbers) {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
}

// Fisher and Yates.
export function shuffled(items) {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const at = Math.floor(Math.random() * (last + 1));
    [result[last], result[at]] = [result[at], result[last]];
  }
  return result;
}
